from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.microsoft365.call import Call, OriginCall, kind_of, literal, segment


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://graph.microsoft.com/v1.0/users", "graph.microsoft.com"),
        ("https://GRAPH.microsoft.com/v1.0", "graph.microsoft.com"),
        ("https://graph.microsoft.com:443/v1.0", "graph.microsoft.com"),
        ("https://graph.microsoft.com:8443/v1.0", ""),
        ("http://graph.microsoft.com/v1.0", ""),
        ("https://graph.microsoft.com@evil.example/", ""),
        ("https://anna:secret@graph.microsoft.com/", ""),
        ("https://graph.microsoft.com\\@evil.example/", ""),
        ("https://graph.microsoft.com.evil.example/", "graph.microsoft.com.evil.example"),
        ("//graph.microsoft.com/v1.0", ""),
        ("", ""),
    ],
)
def test_only_a_plain_https_address_has_a_host(url: str, host: str) -> None:
    assert Call("read", "GET", url).host == host


@pytest.mark.parametrize(
    ("method", "headers", "repeatable", "write", "may_repeat"),
    [
        ("GET", {}, None, False, True),
        ("POST", {}, None, True, False),
        ("POST", {}, True, True, True),
        ("PATCH", {}, None, True, False),
        ("PUT", {}, None, True, True),
        ("DELETE", {}, None, True, True),
        ("POST", {"X-HTTP-Method": "MERGE"}, None, True, True),
        ("POST", {"x-http-method": "delete"}, None, True, True),
        ("POST", {"X-HTTP-Method": "PATCH"}, None, True, False),
    ],
)
def test_what_may_be_sent_twice(
    method: str, headers: dict[str, str], repeatable: bool | None, write: bool, may_repeat: bool
) -> None:
    call = Call("do", method, "https://graph.microsoft.com/", headers=headers, repeatable=repeatable)
    assert (call.is_write, call.may_repeat) == (write, may_repeat)


def test_a_post_that_reads_is_no_write() -> None:
    call = Call("read", "POST", "https://graph.microsoft.com/", reads=True)
    assert (call.is_write, call.may_repeat) == (False, True)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_literal_comes_out_of_the_url_as_it_went_in(text: str) -> None:
    written = literal(text)
    assert written[0] == written[-1] == "'"
    assert not set(written[1:-1]) & set("#+&?/' %\"\\<>") - {"%"}
    assert unquote(written)[1:-1].replace("''", "'") == text
    assert unquote(segment(text)) == text
    assert not set(segment(text)) & set("#+&?/'")


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("graph.microsoft.com", "graph"),
        ("login.microsoftonline.com", "sign-in"),
        ("contoso-admin.sharepoint.com", "admin"),
        ("contoso.sharepoint.com", "sharepoint"),
    ],
)
def test_requests_are_counted_by_the_service_they_go_to(host: str, kind: str) -> None:
    assert kind_of(host) == kind


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://SIS.school.example/ims", "https://sis.school.example"),
        ("https://sis.school.example:443/ims", "https://sis.school.example"),
        ("https://sis.school.example:8443/ims", "https://sis.school.example:8443"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000"),
        ("http://localhost:80/x", "http://localhost"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("http://sis.school.example/ims", ""),
        ("http://127.0.0.1.evil.example/x", ""),
        ("http://192.168.0.7/x", ""),
        ("https://user:secret@sis.school.example/ims", ""),
        ("https://sis.school.example\\@evil.example/", ""),
        ("https://sis.school.example:x/", ""),
        ("ftp://sis.school.example/", ""),
        ("https:///x", ""),
        ("/x", ""),
    ],
)
def test_a_server_of_others_is_told_by_its_whole_origin(url: str, origin: str) -> None:
    assert OriginCall("read", "GET", url).host == origin


def test_what_a_call_carries_is_not_in_its_repr() -> None:
    call = Call("read", "POST", "https://x.example/planted", headers={"Authorization": "planted"}, body=b"planted")
    assert "planted" not in repr(call)
