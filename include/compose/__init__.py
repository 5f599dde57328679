"""What docker-compose.yaml needs besides images: its secrets, and addresses that hold them. Standard library only."""
