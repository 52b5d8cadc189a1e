"""Pages, files and items of a site: what is sent, and what is made of each answer in a batch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.errors import (
    AlreadyExists,
    BadAnswer,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unreachable,
)
from sp_parent_portal.microsoft365.model import PageContent
from sp_parent_portal.microsoft365.site_batch import Part, send_parts
from tests.recording import SITE, Asked, Lost, Recorder, Told, in_turn, open_sharepoint, open_transport

RECORDED = Path(__file__).parents[2] / "contract" / "wire" / "rest"
MARK = "batchresponse_c72f524d-6205-4e13-b991-70f005a74f17"
PAGE = {"Id": 7, "FileName": "start.aspx", "Title": "Start", "Version": "1.0", "PromotedState": 2}


def multipart(*parts: tuple[Any, ...], mark: str = MARK) -> Told:
    """An answer as it was recorded: flat, one part for each request; its status, text and further headers."""
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    body = "".join(
        f"--{mark}\r\n{head}HTTP/1.1 {status} X\r\n"
        + "\r\n".join(["CONTENT-TYPE: application/json", *more, "", text, ""])
        for status, text, *more in parts
    )
    return Told(f"{body}--{mark}--\r\n".encode(), headers={"Content-Type": f"multipart/mixed; boundary={mark}"})


def requests_in(asked: Asked) -> list[str]:
    """The request lines of a batch, in order."""
    return re.findall(r"^((?:GET|POST|PATCH) \S+) HTTP/1\.1\r$", asked.body.decode(), re.MULTILINE)


@pytest.mark.parametrize("file", sorted(path.name for path in RECORDED.glob("*batch*.http")))
def test_recorded_answers_are_read(file: str) -> None:
    body = (RECORDED / file).read_bytes()
    mark = body.lstrip().split(b"\n", 1)[0].strip().removeprefix(b"--").decode()
    body = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    app = in_turn(Told(body, headers={"Content-Type": f"multipart/mixed; boundary={mark}"}))
    [answer] = send_parts(open_transport(app), SITE, "try", [Part("POST", "web")])
    assert answer.error is None


def test_each_write_is_a_changeset_of_its_own_and_stays_in_order() -> None:
    app = in_turn(multipart((200, "{}"), (201, '{"Id": 3}'), (204, "")))
    parts = [Part("GET", "web"), Part("POST", "web/x", {"a": "é"}), Part("PATCH", "web/y", {}, {"If-Match": "*"})]
    answers = send_parts(open_transport(app), SITE, "try", parts)
    assert [answer.body for answer in answers] == [{}, {"Id": 3}, None]
    [asked] = app.asked
    text = asked.body.decode()
    assert requests_in(asked) == [f"{part.verb} {SITE}/_api/{part.path}" for part in parts]
    assert len(set(re.findall(r'boundary="(changeset_[^"]+)"', text))) == 2
    assert text.count("If-Match: *") == 1
    assert asked.headers["authorization"].endswith("-provisioner-1")
    assert "\n" not in text.replace("\r\n", "")


def test_more_than_one_request_holds_are_sent_in_several() -> None:
    app = in_turn(multipart(*[(200, "{}")] * 20), multipart((200, "{}")))
    assert len(send_parts(open_transport(app), SITE, "try", [Part("GET", f"web/{n}") for n in range(21)])) == 21
    assert [len(requests_in(asked)) for asked in app.asked] == [20, 1]
    assert app.asked[0].headers["authorization"].endswith("-reader-1")


def refusal(code: str) -> str:
    return f'{{"odata.error": {{"code": "{code}", "message": {{"lang": "en-US", "value": "x"}}}}}}'


@pytest.mark.parametrize(
    ("verb", "status", "text", "kind"),
    [
        ("POST", 404, refusal("-2130575338, System.ArgumentException"), NotFound),
        ("POST", 400, refusal("-2130575257, Microsoft.SharePoint.SPException"), AlreadyExists),
        ("POST", 500, refusal("-2146232832, Microsoft.SharePoint.SPException"), Rejected),
        ("POST", 500, "", OutcomeUnknown),
        ("POST", 429, "", OutcomeUnknown),
        ("GET", 404, "", NotFound),
    ],
)
def test_a_refused_part_is_an_error_of_its_own(verb: str, status: int, text: str, kind: type[GatewayError]) -> None:
    app = in_turn(multipart((status, text), (200, "{}")))
    refused, fine = send_parts(open_transport(app), SITE, "try", [Part(verb, "a"), Part(verb, "b")])
    assert type(refused.error) is kind
    assert fine.error is None


def test_a_part_that_was_throttled_is_sent_again_alone_when_the_service_says() -> None:
    waits: list[float] = []
    app = in_turn(
        multipart((200, "1"), (429, "", "RETRY-AFTER: 7"), (503, "", "RETRY-AFTER: 3"), (429, "")),
        multipart((200, "2"), (200, "3")),
    )
    parts = [Part("GET", "a"), Part("POST", "b", may_repeat=True), Part("GET", "c"), Part("POST", "d")]
    answers = send_parts(open_transport(app, sleep=waits.append), SITE, "try", parts)
    assert [answer.body for answer in answers] == [1, 2, 3, None]
    assert [type(answer.error) for answer in answers] == [type(None), type(None), type(None), OutcomeUnknown]
    assert [requests_in(asked) for asked in app.asked[1:]] == [[f"POST {SITE}/_api/b", f"GET {SITE}/_api/c"]]
    [waited] = waits
    assert 7 <= waited < 8


def test_a_part_that_stays_throttled_ends_with_patience_and_is_not_lost() -> None:
    app = Recorder(lambda _: multipart((429, "")) if len(app.asked) > 1 else multipart((429, ""), (200, "1")))
    throttled, fine = send_parts(open_transport(app), SITE, "try", [Part("GET", "a"), Part("GET", "b")])
    assert isinstance(throttled.error, Throttled)
    assert (fine.body, fine.error) == (1, None)
    assert len(app.asked) > 2


def test_a_write_that_was_throttled_before_may_have_been_done_whatever_comes_then() -> None:
    refused = Told({"odata.error": {"code": "-1, System.UnauthorizedAccessException"}}, status=403)
    app = in_turn(multipart((429, ""), (200, "1")), refused)
    parts = [Part("POST", "a", may_repeat=True), Part("POST", "b", may_repeat=True)]
    first, second = send_parts(open_transport(app), SITE, "try", parts)
    assert isinstance(first.error, OutcomeUnknown)
    assert (second.body, second.error) == (1, None)


@pytest.mark.parametrize(
    "told",
    [multipart((200, "{}")), Told({"value": []}), Told(b"no parts", headers={"Content-Type": "multipart/mixed"})],
)
def test_an_answer_without_all_parts_is_no_answer(told: Told) -> None:
    for verb, kind in (("GET", BadAnswer), ("POST", OutcomeUnknown)):
        answers = send_parts(open_transport(in_turn(told)), SITE, "try", [Part(verb, "a"), Part(verb, "b")])
        assert [type(answer.error) for answer in answers] == [kind, kind]


def test_a_lost_answer_is_asked_again_only_where_that_does_no_harm() -> None:
    app = Recorder(lambda _: Lost())
    [answer] = send_parts(open_transport(app), SITE, "try", [Part("POST", "a")])
    assert isinstance(answer.error, OutcomeUnknown)
    assert len(app.asked) == 1
    again = Recorder(lambda _: Lost() if len(again.asked) < 2 else multipart((200, "true")))
    [answer] = send_parts(open_transport(again), SITE, "try", [Part("POST", "a", may_repeat=True)])
    assert (answer.error, len(again.asked)) == (None, 2)
    down = Recorder(lambda _: Lost())
    [answer] = send_parts(open_transport(down), SITE, "try", [Part("GET", "a")])
    assert isinstance(answer.error, Unreachable)


# ---- pages -----------------------------------------------------------------------------------------------------------


def bodies(app: Recorder) -> list[str]:
    return [part for asked in app.asked for part in re.findall(r"\r\n\r\n(\{.*\})\r\n", asked.body.decode())]


def test_pages_are_made_saved_and_published() -> None:
    page = '{"Id": 7, "FileName": "start.aspx", "Version": "0.1"}'
    app = in_turn(multipart((201, page)), multipart((200, "true")), multipart((200, "true")))
    sharepoint = open_sharepoint(app)
    [made] = sharepoint.create_pages(SITE, [("start.aspx", "Start", True)])
    assert made.value is not None
    assert (made.value.id, made.value.is_published) == (7, False)
    sharepoint.save_pages(SITE, {7: PageContent("Start", "[]", "[]")})
    sharepoint.publish_pages(SITE, [7])
    lines = [line for asked in app.asked for line in requests_in(asked)]
    root = f"POST {SITE}/_api/sitepages/pages"
    assert lines == [root, f"{root}(7)/savepage", f"{root}(7)/publish"]
    saved = bodies(app)[1]
    assert "CanvasContent1" in saved
    assert "Description" not in saved  # it would blank the one that is there


def test_a_page_is_read_with_what_stands_on_it() -> None:
    app = in_turn(multipart((200, '{"Id": 7, "FileName": "a.aspx", "CanvasContent1": "[]", "Title": "A"}'), (404, "")))
    found, gone = open_sharepoint(app).read_pages(SITE, [7, 8])
    assert found.value is not None
    assert (found.value[0].file, found.value[1]) == ("a.aspx", PageContent("A", "[]", ""))
    assert isinstance(gone.error, NotFound)


@pytest.mark.parametrize("row", [{}, {"Id": "7", "FileName": "a"}, {"Id": 7}, {"Id": True, "FileName": "a"}])
def test_a_page_without_number_or_name_is_no_answer(row: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        open_sharepoint(in_turn(Told({"value": [row]}))).list_pages(SITE)


def test_pages_are_listed_as_they_are() -> None:
    [page] = open_sharepoint(in_turn(Told({"value": [{**PAGE, "IsWebWelcomePage": True}]}))).list_pages(SITE)
    assert (page.id, page.is_news, page.is_welcome, page.is_published) == (7, True, True, True)


def test_the_home_page_is_set_below_the_site() -> None:
    app = in_turn(Told(status=204))
    open_sharepoint(app).set_welcome_page(SITE, "start.aspx")
    [asked] = app.asked
    assert (asked.verb, asked.path, asked.data) == (
        *("MERGE", "/sites/lake/_api/web/rootfolder"),
        {"WelcomePage": "SitePages/start.aspx"},
    )


# ---- files -----------------------------------------------------------------------------------------------------------

FILE = {"Name": "a.png", "UniqueId": "0ADE0C1E-0000-4000-8000-000000000001", "Length": "5", "ETag": '"x,1"'}


def upload(tmp_path: Path, content: bytes, answers: Sequence[Told], name: str = "a.png", chunk: int = 4) -> Recorder:
    path = tmp_path / "file"
    path.write_bytes(content)
    app = in_turn(*answers)
    open_sharepoint(app).upload_file(SITE, "SiteAssets", name, path, chunk=chunk)
    return app


def test_a_small_file_goes_in_one_request(tmp_path: Path) -> None:
    app = upload(tmp_path, b"1234", [Told(FILE)], "it's.png")
    [asked] = app.asked
    assert asked.body == b"1234"
    assert asked.path.endswith("/Files/AddUsingPath(DecodedUrl='it%27%27s.png',overwrite=true)")


@pytest.mark.parametrize("length", [5, 8, 9, 12, 13])
def test_a_large_file_goes_in_parts_that_follow_each_other(tmp_path: Path, length: int) -> None:
    content = bytes(range(length))
    parts = -(-length // 4)
    app = upload(tmp_path, content, [Told(FILE), *[Told({"value": "4"})] * (parts - 1), Told(FILE)])
    names = [re.findall(r"/(\w+)\(", asked.path)[-1] for asked in app.asked]
    assert names == ["AddUsingPath", "StartUpload", *["ContinueUpload"] * (parts - 2), "FinishUpload"]
    assert b"".join(asked.body for asked in app.asked[1:]) == content
    offsets = [int(found) for asked in app.asked for found in re.findall(r"fileOffset=(\d+)", asked.path)]
    assert offsets == [4 * n for n in range(1, parts)]
    assert len({found for asked in app.asked for found in re.findall(r"uploadId=(guid'[^']+')", asked.path)}) == 1
    assert "overwrite=false" in app.asked[0].path


def test_a_large_file_that_is_there_already_keeps_its_content_until_the_end(tmp_path: Path) -> None:
    taken = Told(
        {"odata.error": {"code": "-2130575257, Microsoft.SharePoint.SPException", "message": {"value": "x"}}}, 400
    )
    app = upload(tmp_path, b"12345", [taken, Told({"value": "4"}), Told(FILE)])
    assert [asked.body for asked in app.asked] == [b"", b"1234", b"5"]


def test_a_file_is_read_byte_by_byte() -> None:
    for content in (b"\x89PNG\r\n\x1a\n\x00", b'{"a": 1}', b""):
        app = in_turn(Told(content, headers={"Content-Type": "application/octet-stream"}))
        assert open_sharepoint(app).read_file(SITE, "SiteAssets", "a.png") == content
    with pytest.raises(NotFound):
        open_sharepoint(in_turn(Told({}, 404))).read_file(SITE, "SiteAssets", "a.png")


def test_files_are_listed_with_their_tags() -> None:
    [file] = open_sharepoint(in_turn(Told({"value": [FILE]}))).list_files(SITE, "SiteAssets")
    assert (file.name, file.size, file.tag, file.id) == ("a.png", 5, '"x,1"', FILE["UniqueId"].lower())
