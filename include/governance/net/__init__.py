"""HTTP access: clients, retries, limits."""
