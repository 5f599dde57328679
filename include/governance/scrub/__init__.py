"""Removes secrets from what is read."""
