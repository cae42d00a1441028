"""`python -m feedhub` and the `feedhub` command are the same."""

from feedhub.cli import main

if __name__ == "__main__":
    main()
