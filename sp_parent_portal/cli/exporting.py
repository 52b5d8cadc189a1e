"""`contacts export`: everything that is held of one guardian."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DONE, PARTLY, InputError
from .keeping import Folders
from .options import PortalFile
from .session import open_session, today
from .shown import show
from .talking import progress, say
from .tenant import load_named_portal

if TYPE_CHECKING:
    from ..contacts.model import ContactList


def export(
    ctx: typer.Context,
    email: Annotated[
        str,
        typer.Argument(
            metavar="EMAIL", help="The guardian's address, a mark out of a log (address-…), or - to read it from input."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file, .html or .json.")],
    contact: Annotated[
        str, typer.Option("--contact", metavar="ID", help="Which contact, where several share the address.")
    ] = "",
    folder: Folders = None,
    portal: PortalFile = None,
) -> None:
    """Write all that is held of one guardian, for when they ask.

    Contact list, verdicts, exclusions, flags, kept lists, files that this product wrote, guest account, trip groups,
    sites within reach, mails, external user, run store. It is about this guardian and their own children alone. What
    could not be read is UNKNOWN: then exit code 6. The file is for you alone (mode 0600); nothing in it is shown here.

    \b
    Examples:
      sp-parent-portal contacts export abbott@d1.example --out abbott.html
      sp-parent-portal contacts export - --out request-12.json
    """
    from ..contact_check import check_contacts
    from ..privacy.retention import Places
    from ..privacy.subject import Sources, find_subject
    from ..privacy.subject_access import collect
    from ..private_files import write_private
    from ..reports.subject_report import render_html, render_json, summary_report
    from ..settings import data_folder

    render = {".html": render_html, ".json": render_json}.get(out.suffix.lower())
    if render is None or out.exists():
        wrong = "is there already" if render else "must end with .html or .json"
        raise InputError(f"{out} {wrong}; nothing was looked up", "choose another name with --out")
    word = sys.stdin.readline().strip() if email == "-" else email
    with open_session(ctx) as session:
        school = load_named_portal(portal)
        section = school.contacts
        check = check_contacts(section.source, school, today(), session.gateway, section.base, progress)
        places = Places(data_folder(), tuple(folder or ()))
        sources = Sources(school, session.gateway, session.store, places, check, today())
        subject = find_subject(check, _unmark(word, check.contacts), contact)
        found = collect(sources, subject, datetime.now(UTC))
    try:
        write_private(out, render(found))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}", "choose another place") from None
    say(f"saved: {out} (personal data)")
    show(ctx, summary_report(found, str(out)))
    raise typer.Exit(DONE if found.complete else PARTLY)


def _unmark(word: str, contacts: ContactList) -> str:
    """The address that a mark of this machine's logs stands for. Raises InputError where it is nobody's of the list."""
    from ..marks import MARK, find_marked
    from .quiet import find_key

    if not MARK.match(word):
        return word
    key = find_key()
    found = find_marked(key, word, contacts.holders) if key else ""
    if not found:
        raise InputError("nobody in the contact list has this mark; nothing was looked up", "marks are one machine's")
    return found
