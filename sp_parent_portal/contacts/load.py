"""Which kind of contact list a folder holds, told by its headers, and its loading."""

from __future__ import annotations

from pathlib import Path

from ..errors import ContactListError, Problem
from .folder import Folder, open_folder
from .model import ContactList
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

_NOT_READ = {
    "OneRoster": "It is a OneRoster export, which is not read. Export School Data Sync V2.1 CSV instead.",
    "SDS V2": "It is the short-lived SDS V2 format (orgSourcedIds in users.csv), which has no contacts. "
    "Export School Data Sync V2.1 CSV instead.",
}


def load_contact_list(path: Path, bar: Bar = no_bar) -> ContactList:
    """Reads a folder, or a zip file of one, of School Data Sync CSV: V2.1, or V1 with parent contacts.

    Raises ContactListError with every problem of every file; nothing is guessed and no half list is returned. `bar`
    shows how far it has come, in megabytes.
    """
    with open_folder(path) as folder:
        found = recognise(folder)
        with bar("reading, in MB", folder.megabytes) as step:
            if found == ("SDS V2.1",):
                return load_sds_v2(folder.watched(step))
            if found == ("SDS V1",):
                return load_sds_v1(folder.watched(step))
    raise _not_recognised(folder.name, found)


def recognise(folder: Folder) -> tuple[str, ...]:
    """Every format that some file's header belongs to, in the order in which they take precedence."""
    headers = [frozenset(name.casefold() for name in folder.header(file)) for file in folder.files]
    return tuple(name for name, signs in _SIGNS.items() if any(sign <= header for sign in signs for header in headers))


def _not_recognised(name: str, found: tuple[str, ...]) -> ContactListError:
    message = next((_NOT_READ[each] for each in found if each in _NOT_READ), "")
    if not message and found:
        message = "It holds files of SDS V1 and of SDS V2.1: which of them is meant cannot be told."
    elif not message:
        message = "No file in it has the columns of a contact list (School Data Sync V2.1, or V1 with User.csv)."
    hint = "See School Data Sync's documentation of its CSV files."
    return ContactListError(
        f"{name} cannot be read as a contact list: {message}", hint, [Problem(name, 0, "format", message)]
    )
