"""`python -m sp_parent_portal` is the command `sp-parent-portal`."""

from __future__ import annotations

from .cli.app import main

if __name__ == "__main__":
    main()
