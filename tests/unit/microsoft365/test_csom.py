"""One CSOM request as it is written, beside requests that were recorded, and what its answer means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path as File
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import AlreadyExists, BadAnswer, GatewayError, NotFound, OutcomeUnknown, Rejected
from sp_parent_portal.microsoft365.csom import Argument, Path, Query, Select, Struct, Typed, send
from sp_parent_portal.microsoft365.csom_answers import CsomAnswer, read_answer
from tests.csom_requests import NAMESPACE, Told
from tests.recording import HOST, SITE, Lost, in_turn, open_transport
from tests.recording import Told as Answered

WIRE = File(__file__).parents[2] / "contract" / "wire" / "csom"
HEADER = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.24329.12004", "ErrorInfo": None}


def recorded(name: str) -> bytes:
    return (WIRE / name).read_bytes()


def ask_tenant() -> Query:
    query = Query.of_tenant()
    query.read(query.tenant, Select(all=True))
    return query


def ask_sites() -> Query:
    query = Query.of_tenant()
    values: dict[str, Argument] = {
        "Filter": "",
        "IncludeDetail": False,
        "IncludePersonalSite": Typed("Enum", 0),
        "StartIndex": "0",
        "Template": "GROUP#0",
    }
    wanted = Struct("{b92aeee2-c92c-4b67-abcc-024e471bc140}", values)
    found = query.call(query.tenant, "GetSitePropertiesFromSharePointByFilters", wanted)
    query.read(found, Select(all=True, each=Select(all=True)))
    return query


def ask_external_users() -> Query:
    query = Query()
    tenant = query.make("{e45fd516-a408-4ca4-b6dc-268e2f1f0f83}")
    found = query.call(tenant, "GetExternalUsers", 0, 50, "", Typed("Enum", 0))
    each = Select(("DisplayName", "InvitedAs", "UniqueId", "AcceptedAs", "WhenCreated", "InvitedBy"))
    query.read(
        found, Select(("TotalUserCount", "UserCollectionPosition"), {"ExternalUserCollection": Select(each=each)})
    )
    return query


def ask_after_an_operation() -> Query:
    query = Query()
    [path] = fromstring(recorded("req-poll-operation.xml"))[1]
    query.read(query.recall(path.attrib["Name"]), Select(("IsComplete", "PollingInterval")))
    return query


def change_the_tenant() -> Query:
    query = Query()
    [path] = [each for each in fromstring(recorded("req-tenant-set-pnpcore.xml"))[1] if "ParentId" not in each.attrib]
    tenant = query.recall(path.attrib["Name"])
    query.set(tenant, "BlockMacSync", False)
    query.set(tenant, "ExcludedFileExtensionsForSyncClient", Typed("Array", ("",)))
    return query


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("req-tenant-get.xml", ask_tenant()),
        ("req-sites-by-filters.xml", ask_sites()),
        ("req-externalusers-get.xml", ask_external_users()),
        ("req-poll-operation.xml", ask_after_an_operation()),
        ("req-tenant-set-pnpcore.xml", change_the_tenant()),
    ],
)
def test_a_request_is_what_shipping_clients_were_recorded_to_send(name: str, query: Query) -> None:
    ours, theirs = query.write("test"), recorded(name)
    assert Told(ours).actions() == Told(theirs).actions()
    assert set(fromstring(ours).attrib) == set(fromstring(theirs).attrib)
    assert fromstring(ours).tag == f"{NAMESPACE}Request"


def test_every_object_is_made_in_its_place_and_every_number_is_given_once() -> None:
    query = Query.of_site()
    lists = query.get(query.web, "Lists")
    with query.attempt():
        query.do(query.call(lists, "GetByTitle", "Kit"), "Update")
    told = Told(query.write("test"))
    assert [way[-1][:2] for way in told.made()] == [
        ("StaticProperty", {"TypeId": "{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}", "Name": "Current"}),
        ("Property", {"Name": "Web"}),
        ("Property", {"Name": "Lists"}),
        ("Method", {"Name": "GetByTitle"}),
    ]
    numbers = [each.attrib["Id"] for each in fromstring(query.write("test")).iter() if "Id" in each.attrib]
    assert len(set(numbers)) == len(numbers)


def test_an_attempt_holds_what_is_added_in_it_and_nothing_else() -> None:
    query = Query.of_tenant()
    with query.attempt() as first:
        inside = query.read(query.tenant, Select(("RootSiteUrl",)))
    after = query.read(query.tenant, Select(("RootSiteUrl",)))
    actions = fromstring(query.write("test"))[0]
    assert [(each.tag.removeprefix(NAMESPACE), each.attrib["Id"]) for each in actions][1:] == [
        ("ExceptionHandlingScopeSimple", str(first.id)),
        ("Query", str(after)),
    ]
    assert [each.attrib["Id"] for each in actions[1]] == [str(inside)]


# As the library's port to .NET Core writes them (Runtime/DataConvert.cs, read 2026-11).
VALUES: list[tuple[Argument, dict[str, str], str]] = [
    (None, {"Type": "Null"}, ""),
    ("Kit & <b>bags</b> ]]> \"'", {"Type": "String"}, "Kit & <b>bags</b> ]]> \"'"),
    ("", {"Type": "String"}, ""),
    ("one\r\ntwo\tthree", {"Type": "String"}, "one\r\ntwo\tthree"),
    (True, {"Type": "Boolean"}, "true"),
    (False, {"Type": "Boolean"}, "false"),
    (-7, {"Type": "Int32"}, "-7"),
    (Typed("UInt32", 4294967295), {"Type": "UInt32"}, "4294967295"),
    (datetime(2027, 5, 10, 9, tzinfo=UTC), {"Type": "DateTime"}, "2027-05-10T09:00:00.0000000Z"),
    (
        datetime(2027, 5, 10, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        {"Type": "DateTime"},
        "2027-05-09T23:30:00.0000000Z",
    ),
    (Path(4), {"ObjectPathId": "4"}, ""),
]


@pytest.mark.parametrize(("value", "attributes", "text"), VALUES)
def test_values_are_written_with_their_type(value: Argument, attributes: dict[str, str], text: str) -> None:
    query = Query()
    query.do(Path(1), "Try", value)
    [[[parameter]]] = fromstring(query.write("test"))[0]
    assert (parameter.attrib, parameter.text or "") == (attributes, text)


def test_a_moment_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Query().do(Path(1), "Try", datetime(2027, 5, 10))  # noqa: DTZ001 - that is what is tried


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "half \ud83d", "\udc00", "\ufffe"])
@pytest.mark.parametrize("where", ["value", "name", "identity"])
def test_what_xml_cannot_hold_is_refused_before_anything_is_sent(text: str, where: str) -> None:
    query = Query()
    if where == "identity":
        query.recall(text)
    else:
        query.set(Path(1), text if where == "name" else "Title", text)
    app = in_turn(Answered([HEADER]))
    with pytest.raises(Rejected, match="nothing was sent") as caught:
        send(open_transport(app), SITE, query, "name the site")
    assert text not in str(caught.value)
    assert app.asked == []


@given(st.text())
def test_a_text_arrives_as_it_is_or_is_refused(text: str) -> None:
    query = Query()
    query.set(Path(1), "Title", text)
    try:
        body = query.write("test")
    except Rejected:
        return
    assert (fromstring(body)[0][0][0].text or "") == text


# ---- sending


def test_a_reading_is_sent_again_and_a_change_is_not() -> None:
    app = in_turn(Lost(), Answered([HEADER]))
    send(open_transport(app), SITE + "/", Query.of_site(), "look", reads=True)
    assert [(each.method, each.host, each.path) for each in app.asked] == [
        ("POST", HOST, "/sites/lake/_vti_bin/client.svc/ProcessQuery")
    ] * 2
    assert app.asked[0].headers["content-type"] == "text/xml"
    app = in_turn(Lost(), Answered([HEADER]))
    with pytest.raises(OutcomeUnknown):
        send(open_transport(app), SITE, Query.of_site(), "change")
    assert len(app.asked) == 1


# ---- answers


def test_guids_and_moments_read_as_in_rest() -> None:
    answer = read_answer("read", recorded("siteproperties-get-commsite.json"), reads=True)
    row = answer.row(2)
    assert row["GroupId"] == "00000000-0000-0000-0000-000000000000"
    assert row["Url"].startswith("https://bertonline.sharepoint.com/sites/")
    assert row["LastContentModifiedDate"] == "2023-05-25T10:41:52.457Z"


def read_one(raw: str) -> Any:
    return read_answer("read", f"[{json.dumps(HEADER)},5,{raw}]".encode(), reads=True).row(5)


def test_a_text_that_looks_like_a_moment_stays_a_text() -> None:
    row = read_one(
        r'{"Title":"\u002fDate(2020,0,15,11,4,3,893)\u002f","Name":"\u002fGuid(7db536da-792b-4be7-b9b6-194778905606)'
        r'\u002f","Quote":"\"\u002fGuid(x)\u002f\"","When":"\/Date(2027,4,10,9,0,0,0)\/","Back":"C:\\\/Date(1)"}'
    )
    assert row == {
        "Title": "/Date(2020,0,15,11,4,3,893)/",
        "Name": "/Guid(7db536da-792b-4be7-b9b6-194778905606)/",
        "Quote": '"/Guid(x)/"',
        "When": "2027-05-10T09:00:00Z",
        "Back": "C:\\/Date(1)",
    }


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Cost$ Double", "Cost"),
        ("Places$  Int32", "Places"),
        ("Tags$String$  Array", "Tags"),
        ("Title", "Title"),
        ("US$", "US$"),
        ("Price$ Euro", "Price$ Euro"),
    ],
)
def test_columns_lose_the_type_that_their_name_tells(name: str, plain: str) -> None:
    """JsonReader.ReadKeyValue of the library's port (read 2026-11)."""
    assert read_one(json.dumps({name: 1})) == {plain: 1}


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("error-nosite.json", NotFound, "-1, Microsoft.Online.SharePoint.Common.SpoNoSiteException"),
        ("error-deletedsite-notfound.json", NotFound, "-2147024809, System.ArgumentException"),
        ("error-site-exists.json", Rejected, "-2147024809, System.ArgumentException"),
        ("error-xmlschema.json", Rejected, "-1, System.Xml.Schema.XmlSchemaValidationException"),
    ],
)
def test_a_mistake_is_told_by_its_code_and_never_by_its_text(name: str, kind: type[GatewayError], code: str) -> None:
    with pytest.raises(kind) as caught:
        read_answer("look", recorded(name), reads=True)
    assert (type(caught.value), caught.value.code) == (kind, code)
    told = json.loads(recorded(name))[0]
    assert told["ErrorInfo"]["ErrorMessage"] not in str(caught.value)
    assert "https:" not in str(caught.value)
    assert f"request {told['TraceCorrelationId']}" in str(caught.value)


def made_error(message: str, code: int, kind: str) -> dict[str, Any]:
    return {"ErrorMessage": message, "ErrorValue": None, "ErrorCode": code, "ErrorTypeName": kind}


def attempted(result: Any) -> tuple[CsomAnswer, Any]:
    query = Query.of_site()
    with query.attempt() as attempt:
        query.get(query.web, "Lists")
    return read_answer("try", json.dumps([HEADER, attempt.id, result]).encode(), reads=True), attempt


def test_an_attempt_tells_its_own_mistake() -> None:
    answer, attempt = attempted({"HasException": False, "ErrorInfo": None})
    assert answer.error(attempt) is None
    taken = made_error("A list with that title exists.", -2130575342, "Microsoft.SharePoint.SPException")
    answer, attempt = attempted({"HasException": True, "ErrorInfo": taken})
    assert isinstance(answer.error(attempt), AlreadyExists)


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"HasException": True, "ErrorInfo": None},
        {"HasException": False, "ErrorInfo": made_error("x", -1, "System.Exception")},
        {"HasException": "false", "ErrorInfo": None},
        {"HasException": True, "ErrorInfo": "x"},
    ],
)
def test_an_attempt_that_does_not_say_how_it_ended_is_no_success(result: Any) -> None:
    answer, attempt = attempted(result)
    try:
        error = answer.error(attempt)
    except BadAnswer:
        return
    assert isinstance(error, BadAnswer)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[null]",
        b"<html></html>",
        b"\xff",
        b'[{"ErrorInfo":null},4]',
        b'[{"ErrorInfo":null},"4",{}]',
        b'[{"ErrorInfo":null},true,{}]',
        b'[{"ErrorInfo":null},4,{},4,{}]',
        b'[{"ErrorInfo":"none"}]',
        b'[{"SchemaVersion":"15.0.0.0"}]',
        b'[{"ErrorInfo":null},4,{"When":"\\/Date(2027,12,1,0,0,0,0)\\/"}]',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_leaves_a_change_unknown(content: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_answer("read", content, reads=True)
    with pytest.raises(OutcomeUnknown):
        read_answer("write", content, reads=False)


def test_a_result_that_is_not_there_is_an_error() -> None:
    content = json.dumps([HEADER, 4, None]).encode()
    for number in (4, 5):
        with pytest.raises(BadAnswer):
            read_answer("read", content, reads=True).row(number)
        with pytest.raises(OutcomeUnknown):
            read_answer("write", content, reads=False).row(number)


def test_what_was_read_stands_in_no_traceback() -> None:
    answer = read_answer("read", json.dumps([HEADER, 4, {"Title": "Ava Hale"}]).encode(), reads=True)
    assert "Ava" not in repr(answer)
