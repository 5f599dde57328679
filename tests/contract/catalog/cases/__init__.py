"""The parts of the catalog contract, one class each."""
