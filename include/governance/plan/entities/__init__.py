"""What the catalog should hold: entities with attributes, references and classifications."""
