"""`python -m include.governance`: the stages from a shell and from CI."""

from .cli import main

if __name__ == "__main__":
    main()
