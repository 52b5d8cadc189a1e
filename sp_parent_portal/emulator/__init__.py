"""A small Microsoft 365 on this machine: Entra sign-in, Graph and SharePoint, as far as this product needs them.

Importing the package is cheap; the machinery is imported when an emulator is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .app import Emulator


def open_emulator(path: Path | str, seed: Path | None = None) -> Emulator:
    """The emulator whose state lies in the file `path`, or in memory for ":memory:".

    A state without a tenant in it is filled from the seed folder, or with the default tenant `contoso`. Raises
    SeedError for a seed that cannot be read.
    """
    from .app import Emulator
    from .state import State

    emulator = Emulator(State(path), seed=seed)
    if emulator.state.get_fact("tenant") is None:
        emulator.reset()
    return emulator
