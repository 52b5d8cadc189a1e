"""What the directory said of students before their contacts were removed: a private file, from which an interrupted
removal goes on and a finished one is undone. It holds personal data: delete it once nobody wants the way back."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError, Problem
from ..json_files import NotJson
from ..private_files import write_private

What = Literal["remove", "reset"]
MAX_BYTES = 512 * 1024 * 1024
HINT = "Name the file that `contacts remove` or `contacts reset` wrote, and work on the same target."


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedStudent(_File):
    """`id` is the directory's, `student` the school's; contacts are Graph's own JSON."""

    id: str
    student: str
    before: tuple[dict[str, Any], ...]
    after: tuple[dict[str, Any], ...]


class Backup(_File):
    kind: Literal["related-contacts-backup/1"] = "related-contacts-backup/1"
    what: What
    target: str
    made: datetime
    students: tuple[SavedStudent, ...]


def save_backup(folder: Path, backup: Backup) -> Path:
    """The new file, mode 0600, whole on the disk. Raises InputError where it cannot be written: then nothing may be
    removed."""
    path = folder / f"contacts-{backup.what}-{backup.made:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, backup.model_dump_json(indent=1) + "\n")
    except OSError as error:
        message = f"The backup cannot be written ({type(error).__name__}); nothing was changed."
        raise InputError(message, "Name another folder with --backup.") from None
    return path


def load_backup(path: Path, target: str) -> Backup:
    """Raises InputError: no such file, not a backup, or one of another target."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise NotJson(0, "too-large", "the file is too large")
        backup = Backup.model_validate_json(raw)
    except OSError as error:
        raise _refuse(path, f"it cannot be read ({type(error).__name__})") from None
    except NotJson as error:
        raise _refuse(path, error.message) from None
    except ValidationError as error:
        # Never with what the file holds: it is about people.
        places = sorted({".".join(map(str, each["loc"][:3])) for each in error.errors(include_input=False)})[:5]
        raise _refuse(path, f"it is not such a backup ({', '.join(filter(None, places)) or 'not JSON'})") from None
    if backup.target != target:
        raise _refuse(path, f"it is of {backup.target}, and this is {target}")
    return backup


def _refuse(path: Path, reason: str) -> InputError:
    message = f"{path.name} cannot be used as a backup: {reason}; nothing was changed."
    return InputError(message, HINT, [Problem(path.name, 0, "backup", message)])
