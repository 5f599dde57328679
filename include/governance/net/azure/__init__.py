"""What Azure asks of every client: which cloud, which identity, how fast."""
