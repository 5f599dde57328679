"""Benchmarks of reading, resolving, judging and publishing, each against a floor."""
