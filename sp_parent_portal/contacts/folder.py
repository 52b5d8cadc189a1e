"""The files of one source: a folder, or a zip file that is read without unpacking it to disk.

Names are found whatever their case, because School Data Sync's own documentation writes `User.csv` and `user.csv`.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from ..errors import ContactListError, Problem
from .reading import UNREADABLE, Readable, Table, read_header, read_table
from .watched import MB, Watched, size_of

_HINT = "Give the folder (or zip file) that your student information system exports for School Data Sync or OneRoster."
_MAX_ZIP_MEMBERS = 1000
_ENCRYPTED = 0x1  # general purpose bit flag, PKWARE APPNOTE 4.4.4


@dataclass(frozen=True, slots=True)
class Folder:
    """`files` holds the CSV files by their name in lower case."""

    name: str
    files: Mapping[str, Readable]

    def watched(self, step: Callable[[], object]) -> Folder:
        """The same, but its files call `step` for each megabyte that is read of them."""
        return Folder(self.name, {name: Watched(path, step) for name, path in self.files.items()})

    @property
    def megabytes(self) -> int:
        """How often `step` is called at most when every file is read."""
        return sum(size_of(path) // MB for path in self.files.values())

    def has(self, file: str) -> bool:
        return file.lower() in self.files

    def header(self, file: str) -> tuple[str, ...]:
        """The first line's column names, read with every leniency: only to recognise what a file is meant to be."""
        path = self.files.get(file.lower())
        return () if path is None else read_header(path)

    def read(
        self,
        file: str,
        required: Sequence[str],
        optional: Sequence[str] = (),
        *,
        filled: Sequence[str] = (),
        ids: Sequence[str] = (),
    ) -> Table:
        """As `read_table`; a file that is not there is a table with that problem."""
        path = self.files.get(file.lower())
        if path is None:
            message = f"{self.name} has no {file}, and without it nobody can be screened."
            return Table(file, problems=(Problem(file, 0, "missing-file", message),))
        return read_table(path, required, optional, filled=filled, ids=ids)

    def read_if_there(self, file: str, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
        """As `read` for a file that only adds what is good to know; without it a table without rows."""
        return self.read(file, required, optional) if self.has(file) else Table(file)


@contextmanager
def open_folder(path: Path) -> Iterator[Folder]:
    """Raises ContactListError where there is no folder, no CSV file in it, or two whose names differ only in case."""
    name = path.resolve().name
    with ExitStack() as stack:
        try:
            if path.is_file() and zipfile.is_zipfile(path):
                members = _zip_members(name, stack.enter_context(zipfile.ZipFile(path)))
            else:
                members = _folder_members(path, name)
        except UNREADABLE as error:
            raise _refuse(name, "unreadable", f"It cannot be read ({type(error).__name__}).") from None
        yield Folder(name, _by_name(name, members))


def _by_name(name: str, members: Iterable[Readable]) -> dict[str, Readable]:
    files: dict[str, Readable] = {}
    twins = []
    for member in members:
        if files.setdefault(member.name.lower(), member) is not member:
            message = "There are two files of this name, which differ only in case or folder."
            twins.append(Problem(member.name, 0, "duplicate-file", message))
    if twins:
        raise ContactListError(f"{name} cannot be read as a contact list.", _HINT, twins)
    if not files:
        raise _refuse(name, "empty-folder", "There is no CSV file in it.")
    return files


def fingerprint(tables: Iterable[Table]) -> str:
    """SHA-256 over name and bytes of the files that were read, in order of name, whatever order they were read in."""
    digest = hashlib.sha256()
    for table in sorted(tables, key=lambda table: table.file.lower()):
        digest.update(f"{table.file.lower()}\n{table.sha256}\n".encode())
    return digest.hexdigest()


def _folder_members(path: Path, name: str) -> list[Readable]:
    if not path.exists():
        raise _refuse(name, "missing-folder", "There is nothing of this name.")
    if not path.is_dir():
        raise _refuse(name, "not-a-folder", "It is a single file; a contact list is a folder of several CSV files.")
    members: list[Readable] = [entry for entry in sorted(path.iterdir()) if _is_csv(entry.name) and entry.is_file()]
    below = [entry.name for entry in sorted(path.iterdir()) if entry.is_dir() and any(entry.glob("*.csv"))]
    if not members and below:
        raise _refuse(name, "empty-folder", f"There is no CSV file in it, but there are some in {below[0]}.")
    return members


def _zip_members(name: str, archive: zipfile.ZipFile) -> list[Readable]:
    """CSV files of the zip file, in whatever folder. How much of each is read is limited in `reading`."""
    members = [info for info in archive.infolist() if not info.is_dir() and _is_csv(info.filename)]
    plain = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if len(members) > _MAX_ZIP_MEMBERS:
        raise _refuse(name, "unreadable", f"The zip file holds more than {_MAX_ZIP_MEMBERS} CSV files.")
    if any(info.flag_bits & _ENCRYPTED or info.compress_type not in plain for info in members):
        raise _refuse(name, "unreadable", "The zip file is encrypted, or packed in an unusual way.")
    outside = [info.filename for info in members if _leads_outside(info.filename)]
    if outside:
        message = f"{len(outside)} files of the zip file have names that lead out of it: it was made to do harm."
        raise _refuse(name, "unsafe-path", message)
    own = sorted(info.filename for info in members if "__MACOSX" not in info.filename)
    return [zipfile.Path(archive, filename) for filename in own]


def _leads_outside(name: str) -> bool:
    """Nothing is ever unpacked, but whoever makes such names means no contact list."""
    return PureWindowsPath(name).anchor != "" or ".." in PureWindowsPath(name).parts


def _is_csv(name: str) -> bool:
    return name.lower().endswith(".csv")


def _refuse(name: str, rule: str, message: str) -> ContactListError:
    return ContactListError(
        f"{name} cannot be read as a contact list: {message}", _HINT, [Problem(name, 0, rule, message)]
    )
