"""What a tenant starts with."""

from __future__ import annotations

from pathlib import Path

from .app import Emulator
from .tenant import Tenant, store_tenant

DEFAULT_TENANT = Tenant(
    name="contoso",
    id="11111111-2222-3333-4444-555555555555",
    display_name="Example School",
    domains=("school.example",),
    licences=400,
    premium=True,
)


def plant(emulator: Emulator, folder: Path | None) -> None:
    with emulator.state.work():
        store_tenant(emulator.state, DEFAULT_TENANT)
        if folder is not None:
            raise NotImplementedError(folder)
