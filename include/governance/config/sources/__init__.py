"""The settings of the sources: one module per connector."""
