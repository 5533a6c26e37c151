"""`python -m batchreset`."""

from batchreset.cli import main

if __name__ == "__main__":
    main()
