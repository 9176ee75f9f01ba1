"""``python -m nxcdr``."""

from nxcdr.cli.app import run

if __name__ == "__main__":
    run()
