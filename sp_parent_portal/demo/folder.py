"""The demo's folder: a school's files, laid out as a school would have them, and an empty tenant beside them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from ..errors import InputError
from ..private_files import write_private

DATA = Path(__file__).resolve().parent / "data"
WRITTEN_FOR = 2027  # the year that the trip's files were written for


def lay_out(folder: Path, today: date) -> None:
    """Copy the sample school into `folder`, its trip moved to a year in which it is still to come. Raises InputError
    where the folder holds anything already, or cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; nothing was done", "name a new folder with --keep")
        year = max(WRITTEN_FOR, today.year + (today >= date(today.year, 5, 1)))
        for path in sorted(DATA.rglob("*")):
            if path.is_file():
                place = folder / _in_year(str(path.relative_to(DATA)), year)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        for path in (folder / "trips").rglob("*.toml"):
            path.write_text(_in_year(path.read_text(encoding="utf-8"), year), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be used: {error.strerror}", "name another folder with --keep") from None


def _in_year(text: str, year: int) -> str:
    return text.replace(str(WRITTEN_FOR), str(year))


def write_settings(folder: Path, tenant: str, tenant_id: str, mailbox: str, url: str) -> None:
    """A .env with which every command, run in the folder, acts on the demo's tenant once it is served at `url`."""
    settings = {
        "SPP_TARGET": "emulator",
        "SPP_EMULATOR_URL": url,
        "SPP_TENANT": tenant,
        "SPP_TENANT_ID": tenant_id,
        "SPP_MAILBOX": mailbox,
        "SPP_DATABASE_URL": f"sqlite:///{(folder / 'runs.sqlite').as_posix()}",
    }
    write_private(folder / ".env", "".join(f"{name}={value}\n" for name, value in settings.items()))
