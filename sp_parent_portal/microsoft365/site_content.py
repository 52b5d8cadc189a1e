"""Pages and files of a site. Several go in one `$batch`; a file goes as it is, a large one in parts.

Calls as shipping clients send them (CLI for Microsoft 365, PnPjs, PnP Core, read 2026-08). A page is made checked out
to whoever made it. `savepage` is never sent a description: it would blank the one that is there. The library is not
used here: it has neither the order of a batch nor uploads that can be followed part by part.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import AlreadyExists, BadAnswer
from . import site_rows
from .batch import ItemAnswer
from .call import Call, literal
from .model import Answer, PageContent, SiteFile, SitePage
from .paging import list_rows
from .site_batch import PLAIN, Part, send_parts

if TYPE_CHECKING:
    from .transport import Transport

T = TypeVar("T")

PAGE_FIELDS = "Id,FileName,Title,Version,PromotedState,IsWebWelcomePage,IsPageCheckedOutToCurrentUser"
CONTENT_FIELDS = "CanvasContent1,LayoutWebpartsContent"
FILE_FIELDS = "Name,UniqueId,Length,ETag"
ARTICLE, NEWS = "Article", 2
CHUNK = 10_000_000  # a larger file is sent in parts of this size (Microsoft Learn, "Upload large files", read 2026-08)


class SiteContent:
    """`url` is a site's absolute address. Every method raises GatewayError, those with several outcomes tell each."""

    _transport: Transport

    # -- pages

    def list_pages(self, url: str) -> tuple[SitePage, ...]:
        operation = "list the pages"
        call = self._read(url, f"sitepages/pages?$select={PAGE_FIELDS}", operation)
        return tuple(site_rows.make_page(row, operation) for row in list_rows(self._transport, call))

    def read_pages(self, url: str, ids: Sequence[int]) -> list[Answer[tuple[SitePage, PageContent]]]:
        """Each of these pages, and what stands on it."""
        operation = "read a page"
        parts = [Part("GET", f"sitepages/pages({each})?$select={PAGE_FIELDS},{CONTENT_FIELDS}") for each in ids]
        return self._send(
            url,
            operation,
            parts,
            lambda row: (site_rows.make_page(row, operation), site_rows.make_page_content(row, operation)),
        )

    def create_pages(self, url: str, wanted: Iterable[tuple[str, str, bool]]) -> list[Answer[SitePage]]:
        """`wanted` are (file name, title, whether it is news). Each page is empty, and checked out to us."""
        operation = "make a page"
        parts = [
            Part(
                "POST",
                "sitepages/pages",
                {"PageLayoutType": ARTICLE, "PromotedState": NEWS if news else 0, "Name": file, "Title": title},
            )
            for file, title, news in wanted
        ]
        return self._send(url, operation, parts, lambda row: site_rows.make_page(row, operation))

    def check_out_pages(self, url: str, ids: Iterable[int]) -> list[Answer[None]]:
        return self._on_pages(url, "check a page out", "checkoutpage", ids)

    def save_pages(self, url: str, contents: Mapping[int, PageContent]) -> list[Answer[None]]:
        """As drafts, in the order of `contents`; HTTP 200 says nothing of the web parts: read back."""
        parts = [
            Part(
                "POST",
                f"sitepages/pages({each})/savepage",
                {
                    "Title": content.title,
                    "CanvasContent1": content.canvas,
                    "LayoutWebpartsContent": content.layout,
                },
                {"If-Match": "*"},
                may_repeat=True,
            )
            for each, content in contents.items()
        ]
        return self._send(url, "save a page", parts, lambda _: None)

    def publish_pages(self, url: str, ids: Iterable[int]) -> list[Answer[None]]:
        return self._on_pages(url, "publish a page", "publish", ids)

    def promote_pages(self, url: str, ids: Iterable[int]) -> list[Answer[None]]:
        """To news posts; a page must have been published before."""
        return self._on_pages(url, "promote a page to news", "promoteToNews", ids)

    def set_welcome_page(self, url: str, file: str) -> None:
        """A page of Site Pages becomes what the site's address leads to."""
        call = Call(
            "set the home page",
            "POST",
            f"{url.rstrip('/')}/_api/web/rootfolder",
            role="provisioner",
            data={"WelcomePage": f"SitePages/{file}"},
            headers={"Accept": PLAIN, "Content-Type": PLAIN, "X-HTTP-Method": "MERGE", "If-Match": "*"},
        )
        self._transport.send(call)

    # -- files

    def list_files(self, url: str, folder: str) -> tuple[SiteFile, ...]:
        """Those directly in a folder, whose path is below the site's."""
        operation = "list the files"
        call = self._read(url, f"{_folder(url, folder)}/Files?$select={FILE_FIELDS}", operation)
        return tuple(site_rows.make_file(row, operation) for row in list_rows(self._transport, call))

    def read_file(self, url: str, folder: str, name: str) -> bytes:
        call = Call(
            "read a file", "GET", f"{url.rstrip('/')}/_api/{_file(url, folder, name)}/$value", headers={}, raw=True
        )
        return bytes(self._transport.send(call).data or b"")

    def upload_file(self, url: str, folder: str, name: str, path: Path, *, chunk: int = CHUNK) -> SiteFile:
        """Sends a file from disk over whatever has its name. One larger than `chunk` bytes is never in memory whole,
        and what has its name stays as it was until its last part has come. Raises OSError where it cannot be read."""
        with path.open("rb") as file:
            first = file.read(chunk)
            following = file.read(chunk)
            if not following:
                return self._add_file(url, folder, name, first)
            self._add_file(url, folder, name, b"", overwrite=False)
            here, session, offset = _file(url, folder, name), f"guid'{uuid.uuid4()}'", len(first)
            self._upload(url, f"{here}/StartUpload(uploadId={session})", first)
            while after := file.read(chunk):
                self._upload(url, f"{here}/ContinueUpload(uploadId={session},fileOffset={offset})", following)
                offset, following = offset + len(following), after
            last = f"{here}/FinishUpload(uploadId={session},fileOffset={offset})"
            return site_rows.make_file(self._upload(url, last, following), "upload a file")

    def _add_file(self, url: str, folder: str, name: str, body: bytes, *, overwrite: bool = True) -> SiteFile:
        """One that is there already is left alone without `overwrite`."""
        path = (
            f"{_folder(url, folder)}/Files/AddUsingPath(DecodedUrl={literal(name)},overwrite={str(overwrite).lower()})"
        )
        try:
            return site_rows.make_file(self._upload(url, path, body, repeatable=True), "upload a file")
        except AlreadyExists:
            if overwrite:
                raise
            return SiteFile(name, "", 0, "")

    def _upload(self, url: str, path: str, body: bytes, *, repeatable: bool = False) -> Any:
        call = Call(
            "upload a file",
            "POST",
            f"{url.rstrip('/')}/_api/{path}",
            role="provisioner",
            body=body,
            headers={"Accept": PLAIN, "Content-Type": "application/octet-stream"},
            repeatable=repeatable,
        )
        return self._transport.json(call)

    # -- asking

    def _read(self, url: str, path: str, operation: str) -> Call:
        return Call(operation, "GET", f"{url.rstrip('/')}/_api/{path}", headers={"Accept": PLAIN})

    def _on_pages(self, url: str, operation: str, method: str, ids: Iterable[int]) -> list[Answer[None]]:
        parts = [Part("POST", f"sitepages/pages({each})/{method}", {}, may_repeat=True) for each in ids]
        return self._send(url, operation, parts, lambda _: None)

    def _send(self, url: str, operation: str, parts: Sequence[Part], make: Callable[[Any], T]) -> list[Answer[T]]:
        return [_answer(answer, make) for answer in send_parts(self._transport, url, operation, parts)]


def _answer(answer: ItemAnswer, make: Callable[[Any], T]) -> Answer[T]:
    if answer.error is not None:
        return Answer(error=answer.error)
    try:
        return Answer(make(answer.body))
    except BadAnswer as error:
        return Answer(error=error)


def _folder(url: str, folder: str) -> str:
    return f"web/GetFolderByServerRelativePath(DecodedUrl={literal(f'{_path(url)}/{folder}')})"


def _file(url: str, folder: str, name: str) -> str:
    return f"web/GetFileByServerRelativePath(DecodedUrl={literal(f'{_path(url)}/{folder}/{name}')})"


def _path(url: str) -> str:
    return "/" + url.rstrip("/").split("/", 3)[3]
