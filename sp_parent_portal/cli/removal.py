"""`contacts remove` and `contacts reset`: guardians taken out of the directory's students."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DONE, PARTLY, InputError, Refused
from .quiet import name_person
from .session import Session, open_session
from .shown import show
from .talking import is_person_there, progress, say

if TYPE_CHECKING:
    from ..contacts.removal import Change, Written
    from ..contacts.removal_backup import What

Apply = Annotated[bool, typer.Option("--apply", help="Do it, after you have typed what is asked for.")]
Confirm = Annotated[
    str, typer.Option("--confirm", metavar="WORDS", help="What the preview asks to be typed, where nobody is there to.")
]
BackupFolder = Annotated[
    Path | None, typer.Option("--backup", metavar="DIR", help="Where the backup goes.  [default: the data folder]")
]


def remove(
    ctx: typer.Context,
    guardian: Annotated[
        str,
        typer.Argument(
            metavar="GUARDIAN", help="Their e-mail address, or the id that `contacts check graph: --rows` shows."
        ),
    ],
    student: Annotated[
        list[str] | None, typer.Option("--student", metavar="ID", help="Only from this student; may be repeated.")
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Also where it is the student's only contact.")] = False,
    apply: Apply = False,
    confirm: Confirm = "",
    backup: BackupFolder = None,
) -> None:
    """Take one guardian out of the related contacts of students. Without --apply or --confirm: only show.

    Each student is read, backed up, written and read back. Contacts that School Data Sync manages come back on its next
    run. Exit code 6 when some students could not be done.

    \b
    Examples:
      sp-parent-portal contacts remove nina.hale@mail.example
      sp-parent-portal contacts remove nina.hale@mail.example --student 1001 --apply
    """
    from ..contacts.removal import observe_removal

    with open_session(ctx) as session:
        changes = observe_removal(session.gateway.education, guardian, student or ())
        if not last and all(change.empties for change in changes):
            raise Refused(
                "It is the only contact of every student named; nothing was changed.", "Say --last if so meant."
            )
        able = [change for change in changes if last or not change.empties]
        for change in changes:
            if change not in able:
                say(f"held: {name_person('student', change.student)}: it is their only contact; --last removes it too")
        _go_on(ctx, session, "remove", able, agreed=apply, confirm=confirm, folder=backup, may_empty=last)


def reset(
    ctx: typer.Context,
    students: Annotated[
        Path | None,
        typer.Option("--students", metavar="FILE", help="Only these: a CSV file with the column student_id."),
    ] = None,
    apply: Apply = False,
    confirm: Confirm = "",
    backup: BackupFolder = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="FILE", help="Go on with what this backup was written for.")
    ] = None,
    restore: Annotated[
        Path | None, typer.Option("--restore", metavar="FILE", help="Undo: write back what this backup holds.")
    ] = None,
) -> None:
    """Take all related contacts out of students. Without --apply or --confirm: only show.

    What was there goes into a backup first; --restore brings it back. Contacts that School Data Sync manages come back
    on its next run. Exit code 6 when some students could not be done.

    \b
    Examples:
      sp-parent-portal contacts reset --students leavers.csv
      sp-parent-portal contacts reset --students leavers.csv --apply
      sp-parent-portal contacts reset --restore contacts-reset-20270510-120000-a1b2c3.json --apply
    """
    from ..contacts.removal import make_changes, make_undoing, observe_reset
    from ..contacts.removal_backup import load_backup
    from ..trips import load_students

    if sum(each is not None for each in (students, resume, restore)) > 1:
        raise InputError(
            "--students, --resume and --restore ask for different things; nothing was changed.", "Name one."
        )
    with open_session(ctx) as session:
        if saved := resume or restore:
            loaded = load_backup(saved, session.target)
            changes = make_changes(loaded) if resume else make_undoing(loaded)
            what = loaded.what if resume else "restore"
            _go_on(ctx, session, what, changes, agreed=apply, confirm=confirm, saved=saved)
            return
        only = [student for student, _ in load_students(students)] if students else []
        changes = observe_reset(session.gateway.education, only)
        _go_on(ctx, session, "reset", changes, agreed=apply, confirm=confirm, folder=backup)


def _go_on(
    ctx: typer.Context,
    session: Session,
    what: str,
    changes: Sequence[Change],
    *,
    agreed: bool,
    confirm: str,
    folder: Path | None = None,
    saved: Path | None = None,
    may_empty: bool = True,
) -> None:
    """Show, ask, do. `saved` is the backup that the changes came from, where they did."""
    from ..contacts.removal import SDS_WRITES_AGAIN
    from ..reports.removal_report import outcome_report, preview_report

    phrase = f"{what} {len(changes)}"
    if not changes or not (agreed or confirm):
        show(ctx, preview_report(session.target, what, changes, phrase))
        return
    say(f"{session.target}: {what} the contacts of {len(changes)} students")
    say(SDS_WRITES_AGAIN)
    check_typed(phrase, confirm, "changed")
    path, written = _carry_out(session, what, changes, folder, saved, may_empty=may_empty)
    show(ctx, outcome_report(session.target, what, path, written))
    is_whole = all(each.status in ("done", "already") for each in written)
    raise typer.Exit(DONE if is_whole else PARTLY)


def check_typed(phrase: str, confirm: str, done: str) -> None:
    """Raises Refused where something else was typed than was asked for; `done` is what was then not done."""
    if not confirm and not is_person_there():
        raise Refused(f"Nobody is there to be asked; nothing was {done}.", f'Say --confirm "{phrase}".')
    typed = confirm or typer.prompt(f"Type {phrase!r} to go on", err=True, default="", show_default=False)
    if " ".join(typed.split()) != phrase:
        raise Refused(f"Something else was typed than was asked for; nothing was {done}.", f"It is: {phrase}")


def _carry_out(
    session: Session, what: str, changes: Sequence[Change], folder: Path | None, saved: Path | None, *, may_empty: bool
) -> tuple[Path, tuple[Written, ...]]:
    from ..contacts.removal import start, write
    from ..settings import data_folder

    education = session.gateway.education
    with progress("writing", len(changes)) as step:
        if saved is not None:
            return saved, write(education, changes, may_empty=True, stepped=step)
        into = folder or data_folder() / "backups"
        kind: What = "remove" if what == "remove" else "reset"
        now = datetime.now(UTC)
        return start(
            education,
            session.target,
            kind,
            changes,
            into,
            now,
            may_empty=may_empty,
            backed_up=_tell_backup,
            stepped=step,
        )


def _tell_backup(path: Path) -> None:
    say(f"backup: {path} (personal data: delete it when nobody wants the way back)")
