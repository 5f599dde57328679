"""A small, complete connector: the one to copy. Its README goes through it step by step."""
