"""Which kind of contact list a folder holds, told by its headers, and its loading."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..errors import ContactListError, Problem
from .folder import Folder, open_folder
from .model import ContactList
from .oneroster_csv import load_oneroster
from .sds_v1 import load_sds_v1
from .sds_v2 import load_sds_v2
from .watched import Bar, no_bar

# A file whose header holds all of these names (in any case) belongs to the format.
_SIGNS: dict[str, tuple[frozenset[str], ...]] = {
    "OneRoster": (
        frozenset({"propertyname", "value"}),
        frozenset({"sourcedid", "enableduser"}),
        frozenset({"sourcedid", "status", "datelastmodified"}),
    ),
    "SDS V2": (frozenset({"sourcedid", "orgsourcedids", "username"}),),
    "SDS V2.1": (
        frozenset({"usersourcedid", "relationshipusersourcedid"}),
        frozenset({"usersourcedid", "orgsourcedid", "role"}),
        frozenset({"sourcedid", "username"}),
        frozenset({"sourcedid", "email"}),
    ),
    "SDS V1": (
        frozenset({"sis id", "school sis id"}),
        frozenset({"id", "school dfe number"}),
        frozenset({"email", "first name", "last name"}),
        frozenset({"sis id", "email", "role"}),
        frozenset({"id", "email", "role"}),
    ),
}

# Names that SDS V2.1 shares with no other format.
_V2_1_ALONE = _SIGNS["SDS V2.1"][0]

_NOT_READ = {
    "SDS V2": "It is the short-lived SDS V2 format (orgSourcedIds in users.csv), which has no contacts. "
    "Export School Data Sync V2.1 CSV instead.",
}


def load_contact_list(path: Path, base: Path | None = None, bar: Bar = no_bar) -> ContactList:
    """Reads a folder, or a zip file of one: School Data Sync CSV (V2.1, or V1 with parent contacts) or OneRoster CSV
    (1.1 or 1.2). `base` is the whole OneRoster list that the changes in `path` are made to; other formats have none.

    Raises ContactListError with every problem of every file; nothing is guessed and no half list is returned. `bar`
    shows how far it has come.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder(path))
        found = recognise(folder)
        step = stack.enter_context(bar("reading, in MB", folder.megabytes))
        folder = folder.watched(step)
        if found == ("OneRoster",):
            below = None if base is None else stack.enter_context(open_folder(base))
            return load_oneroster(folder, below)
        if base is not None:
            message = "Only OneRoster parts a list into a whole one and its changes: this list has no base."
            hint = "Leave --base out, or `base` in portal.toml."
            raise ContactListError(f"{folder.name}: {message}", hint, [Problem(folder.name, 0, "base", message)])
        if found == ("SDS V2.1",):
            return load_sds_v2(folder)
        if found == ("SDS V1",):
            return load_sds_v1(folder)
        raise _not_recognised(folder.name, found)


def recognise(folder: Folder) -> tuple[str, ...]:
    """Every format that some file's header belongs to, in the order in which they take precedence. OneRoster's own
    users.csv and roles.csv have every column of SDS V2.1's: they alone do not make a list SDS."""
    headers = [frozenset(name.casefold() for name in folder.header(file)) for file in folder.files]
    found = [name for name, signs in _SIGNS.items() if any(sign <= header for sign in signs for header in headers)]
    if "OneRoster" in found:
        is_both = any(header >= _V2_1_ALONE for header in headers)
        found = [name for name in found if name in ("OneRoster", "SDS V1") or (name == "SDS V2.1" and is_both)]
    return tuple(found)


def _not_recognised(name: str, found: tuple[str, ...]) -> ContactListError:
    message = next((_NOT_READ[each] for each in found if each in _NOT_READ), "")
    if not message and found:
        message = f"It holds files of {' and of '.join(found)}: which of them is meant cannot be told."
    elif not message:
        message = (
            "No file in it has the columns of a contact list (School Data Sync V2.1, or V1 with User.csv; OneRoster)."
        )
    hint = "See the documentation of School Data Sync's or OneRoster's CSV files."
    return ContactListError(
        f"{name} cannot be read as a contact list: {message}", hint, [Problem(name, 0, "format", message)]
    )
