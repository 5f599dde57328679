"""What the stages hand to each other: tables and documents in folders, by reference."""
