"""The traps of Office365-REST-Python-Client 3.3.0 that this product walks around. Each is shown twice: the gateway does
not fall in, and the library by itself still does. When a second half fails after an upgrade, our care is not needed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
import requests
from office365.graph_client import GraphClient
from office365.runtime.client_request_exception import ClientRequestException
from office365.runtime.exceptions import ObjectNotFoundException
from office365.runtime.transport.requests_transport import RequestsTransport
from office365.sharepoint.client_context import ClientContext
from office365.sharepoint.navigation.nodes.creationinformation import NavigationNodeCreationInformation

from sp_parent_portal.errors import ForeignHost, NotFound, OutcomeUnknown, Unreachable
from sp_parent_portal.microsoft365.adapters import LoopbackAdapter, WsgiAdapter
from sp_parent_portal.microsoft365.call import Call
from sp_parent_portal.microsoft365.client_library import LibraryCall
from sp_parent_portal.microsoft365.model import Invitation
from sp_parent_portal.microsoft365.site_work import NewLink, SiteWork
from sp_parent_portal.microsoft365.transport import Transport
from tests.recording import (
    GRAPH,
    HOST,
    LIST_ID,
    SITE,
    Asked,
    Clock,
    Lost,
    Recorder,
    Told,
    in_turn,
    open_graph,
    open_sharepoint,
    open_transport,
)

THROTTLED = Told({"error": {"code": "activityLimitReached"}}, 429, {"Retry-After": "7"})
DIGEST = {"d": {"GetContextWebInformation": {"FormDigestValue": "0x1", "FormDigestTimeoutSeconds": 1800}}}


def plain_library(app: Recorder) -> ClientContext:
    """The library as its own documentation sets it up, on the same service."""
    context = ClientContext(SITE).with_access_token(
        lambda: {"access_token": "secret", "token_type": "Bearer", "expires_in": 3600}
    )
    context.pending_request().transport = RequestsTransport(session=plain_session(app))
    return context


def plain_graph(app: Recorder, monkeypatch: pytest.MonkeyPatch) -> GraphClient:
    client = GraphClient(lambda: {"access_token": "secret", "token_type": "Bearer", "expires_in": 3600})
    session = plain_session(app)
    client.pending_request().transport = RequestsTransport(session=session)
    # Its `$batch` opens sessions of its own, whatever transport the client was given.
    monkeypatch.setattr(RequestsTransport, "_create_session", lambda _self: session)
    return client


def plain_session(app: Recorder) -> requests.Session:
    session = requests.Session()
    session.mount("https://", WsgiAdapter(app, Lost))
    return session


def four_items(asked: Asked, throttle: list[Told]) -> Told:
    """Items 1 to 4 in two pages, in the dialect that was asked for; the second page is throttled first."""
    if asked.path.lower().endswith("contextinfo"):
        return Told(DIGEST)
    second = "skiptoken" in asked.query.lower()
    if second and throttle:
        return throttle.pop()
    rows = [{"Id": 3}, {"Id": 4}] if second else [{"Id": 1}, {"Id": 2}]
    link = f"{SITE}/_api/web/lists/items?$skiptoken=2"
    if "verbose" in asked.headers["accept"]:
        return Told({"d": {"results": rows, **({} if second else {"__next": link})}})
    return Told({"value": rows, **({} if second else {"odata.nextLink": link})})


# ---- retries


def test_a_throttled_page_is_read_again_and_no_other() -> None:
    left = [THROTTLED]
    items = open_sharepoint(Recorder(lambda asked: four_items(asked, left))).list_items(SITE, LIST_ID)
    assert [item.id for item in items] == [1, 2, 3, 4]


def test_the_library_reads_the_first_page_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("office365.runtime.retry.sleep", lambda _seconds: None)
    left = [THROTTLED]
    context = plain_library(Recorder(lambda asked: four_items(asked, left)))
    items = context.web.lists.get_by_id(LIST_ID).items.get_all(page_size=2)
    context.execute_query_retry(max_retry=3, timeout_secs=1)
    assert [item.properties["Id"] for item in items] == [1, 2, 1, 2, 3, 4]


def test_retry_after_is_waited_for() -> None:
    clock = Clock()
    app = in_turn(THROTTLED, Told({"value": []}))
    open_sharepoint(app, clock).list_items(SITE, LIST_ID)
    assert clock.slept == [7.0]


def test_the_library_waits_as_long_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("office365.runtime.retry.sleep", slept.append)
    context = plain_library(in_turn(Told(DIGEST), THROTTLED, Told({"d": {"Title": "x"}})))
    context.web.get()
    context.execute_query_retry(max_retry=2, timeout_secs=5)
    assert len(slept) == 1
    assert slept[0] <= 5  # it was asked to wait 7 s


def test_a_post_whose_answer_was_lost_is_not_sent_again() -> None:
    app = Recorder(lambda _asked: Lost())
    graph = open_graph(app)
    answers = graph.invite([Invitation("a@mail.example", "A", SITE), Invitation("b@mail.example", "B", SITE)])
    assert [type(answer.error) for answer in answers] == [OutcomeUnknown, OutcomeUnknown]
    assert app.paths == ["POST /v1.0/$batch"]


def test_the_library_invites_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("office365.runtime.retry.sleep", lambda _seconds: None)
    answers: list[Told | Exception] = [Lost(), Told({"id": "1", "invitedUser": {"id": LIST_ID}}, 201)]
    app = Recorder(lambda _asked: answers.pop(0))
    client = plain_graph(app, monkeypatch)
    client.invitations.create("a@mail.example", SITE)
    client.execute_query_retry(max_retry=2, timeout_secs=1)
    assert app.paths == ["POST /v1.0/invitations"] * 2


def test_a_write_through_the_library_is_not_sent_again_either() -> None:
    app = Recorder(lambda _asked: Lost())
    with pytest.raises(OutcomeUnknown):
        open_sharepoint(app).create_view(SITE, LIST_ID, "Kit", ["Title"], {})
    assert app.paths == [f"POST /sites/lake/_api/Web/lists/GetById('{LIST_ID}')/views/Add"]


# ---- threads


def test_threads_share_one_gateway_and_read_everything() -> None:
    sharepoint = open_sharepoint(Recorder(lambda asked: four_items(asked, [])))
    with ThreadPoolExecutor(8) as pool:
        reads = list(pool.map(lambda _: [item.id for item in sharepoint.list_items(SITE, LIST_ID)], range(160)))
    assert reads == [[1, 2, 3, 4]] * 160


def test_threads_write_through_the_library_without_mixing() -> None:
    app = Recorder(lambda _asked: Told({"Id": 1, "Title": "x", "Url": "/x"}, 201))
    sharepoint = open_sharepoint(app)
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: sharepoint.create_view(f"https://{HOST}/sites/s{n}", LIST_ID, f"view {n}", ["Title"], {}),
                range(64),
            )
        )
    assert sorted((each.path, each.data["parameters"]["Title"]) for each in app.asked) == sorted(
        (f"/sites/s{n}/_api/Web/lists/GetById('{LIST_ID}')/views/Add", f"view {n}") for n in range(64)
    )


# ---- what reaches the wire


@pytest.mark.parametrize(
    "address", ["a+b@mail.example", "o'neil@mail.example", "a&b@mail.example", "x_mail.example#EXT#@c.example"]
)
def test_an_address_in_a_filter_reaches_the_service_whole(address: str) -> None:
    app = in_turn(Told({"responses": [{"id": "0", "status": 200, "body": {"value": []}}]}))
    open_graph(app).find_users([address])
    path, _, query = app.asked[0].data["requests"][0]["url"].partition("?")
    assert path == "/users"
    assert "#" not in query
    assert "+" not in query
    doubled = address.replace("'", "''")
    assert parse_qs(query)["$filter"] == [
        f"mail eq '{doubled}' or otherMails/any(o:o eq '{doubled}') or "
        f"proxyAddresses/any(p:p eq 'smtp:{doubled}') or userPrincipalName eq '{doubled}'"
    ]


def test_the_library_cuts_a_filter_at_the_number_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Recorder(lambda _asked: Told({"value": []}))
    client = plain_graph(app, monkeypatch)
    client.users.filter("userPrincipalName eq 'x_mail.example#EXT#@c.example'").get().execute_query()
    assert "EXT" not in unquote(app.asked[0].query)


def test_a_guests_sign_in_name_stays_whole_in_a_path() -> None:
    app = in_turn(
        Told({"responses": [{"id": "0", "status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}}]})
    )
    assert open_graph(app).get_users(["g_x.example#EXT#@c.example"]) == {"g_x.example#EXT#@c.example": None}
    assert app.asked[0].data["requests"][0]["url"].startswith("/users/g_x.example%23EXT%23@c.example?")


def test_the_library_asks_for_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Recorder(lambda _asked: Told({"id": LIST_ID}))
    client = plain_graph(app, monkeypatch)
    client.users["g_x.example#EXT#@c.example"].get().execute_query()
    assert app.paths == ["GET /v1.0/users/g_x.example"]


def test_a_guests_claim_reaches_the_service_whole() -> None:
    app = in_turn(Told())
    open_sharepoint(app).remove_from_site_group(SITE, 4, "i:0#.f|membership|g_x.example#ext#@c.example")
    assert unquote(app.asked[0].path).endswith("/RemoveByLoginName('i:0#.f|membership|g_x.example#ext#@c.example')")


def test_a_link_to_elsewhere_says_that_it_is_one() -> None:
    app = Recorder(lambda _asked: Lost())
    with pytest.raises(OutcomeUnknown):
        open_sharepoint(app).build_site(SITE, SiteWork(links=(NewLink("Form", "https://forms.example/a"),)))
    assert b'<Property Name="IsExternal" Type="Boolean">true</Property>' in app.asked[0].body


def test_the_library_forgets_that_a_link_leads_elsewhere() -> None:
    app = in_turn(Told(DIGEST), Told({"d": {"Id": 1}}, 201))
    context = plain_library(app)
    context.web.navigation.quick_launch.add(NavigationNodeCreationInformation("Form", "https://forms.example/a", True))
    context.execute_query()
    assert "IsExternal" not in app.asked[1].data


def test_no_form_digest_is_fetched_and_the_user_agent_is_decorated() -> None:
    app = in_turn(Told(None, 204))
    open_sharepoint(app).set_title(SITE, "Lake")
    assert [each.verb for each in app.asked] == ["MERGE"]
    assert "x-requestdigest" not in app.asked[0].headers
    assert app.asked[0].headers["user-agent"] == "NONISV|School|sp-parent-portal/test"


def test_the_library_fetches_a_digest_even_to_read() -> None:
    app = in_turn(Told(DIGEST), Told({"d": {"Title": "Lake"}}))
    plain_library(app).web.get().execute_query()
    assert app.paths[0] == "POST /sites/lake/_api/contextInfo"
    assert app.asked[0].headers["user-agent"].startswith("python-requests/")


# ---- batches


BARE = Told({"responses": [{"id": "1", "status": 204}, {"id": "0", "status": 204}]})


def test_batch_answers_without_headers_or_body_in_any_order() -> None:
    answers = open_graph(in_turn(BARE)).remove_members(LIST_ID, ["a", "b"])
    assert [answer.error for answer in answers] == [None, None]


def test_the_library_fails_after_the_service_did_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    client = plain_graph(in_turn(BARE), monkeypatch)
    client.groups["g"].members["a"].get()
    client.groups["g"].members["b"].get()
    with pytest.raises(KeyError):
        client.execute_batch()


def test_no_token_is_copied_into_the_items_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    app = in_turn(BARE)
    open_graph(app).remove_members(LIST_ID, ["a", "b"])
    assert b"Bearer" not in app.asked[0].body
    theirs = in_turn(Told({"responses": [{"id": "0", "status": 200, "headers": {}, "body": {"id": "a"}}]}))
    client = plain_graph(theirs, monkeypatch)
    client.users["a"].get()
    client.execute_batch()
    assert b"Bearer secret" in theirs.asked[0].body


# ---- tokens


def test_a_link_to_a_foreign_host_gets_neither_request_nor_token() -> None:
    app = Recorder(
        lambda _asked: Told({"value": [], "@odata.nextLink": "https://graph.microsoft.com.evil.example/v1.0/users"})
    )
    with pytest.raises(ForeignHost):
        list(open_graph(app).list_guests())
    assert [each.host for each in app.asked] == [GRAPH]


def test_the_library_carries_the_token_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        Told({"value": [{"id": "1"}], "@odata.nextLink": "https://evil.example/v1.0/users"}),
        Told({"value": []}),
    ]
    app = Recorder(lambda _asked: answers.pop(0))
    client = plain_graph(app, monkeypatch)
    list(client.users.get_all().execute_query())
    assert [(each.host, each.headers["authorization"]) for each in app.asked][1] == ("evil.example", "Bearer secret")


def test_each_host_has_its_own_token() -> None:
    app = Recorder(lambda _asked: Told({"value": [], "SiteStatus": 2}))
    sharepoint = open_sharepoint(app)
    sharepoint.get_site_status(SITE)
    with pytest.raises(Exception, match="no usable"):
        sharepoint.find_site(SITE)
    assert [each.headers["authorization"] for each in app.asked] == [
        "Bearer contoso.sharepoint.com-reader-1",
        "Bearer contoso-admin.sharepoint.com-reader-1",
    ]


# ---- errors


NO_LIST = Told(
    {"odata.error": {"code": "-1, System.ArgumentException", "message": {"value": "List 'X' does not exist"}}}, 404
)


def test_a_missing_list_is_not_found() -> None:
    with pytest.raises(NotFound):
        open_sharepoint(in_turn(NO_LIST)).list_items(SITE, LIST_ID)


def test_the_library_does_not_know_a_missing_list() -> None:
    verbose = Told({"error": NO_LIST.body["odata.error"]}, 404)
    context = plain_library(in_turn(Told(DIGEST), verbose))
    with pytest.raises(ClientRequestException) as caught:
        context.web.lists.get_by_id(LIST_ID).get().execute_query()
    assert not isinstance(caught.value, ObjectNotFoundException)


def test_what_failed_before_is_not_sent_with_the_next_call() -> None:
    app = in_turn(NO_LIST, Told(None, 204))
    sharepoint = open_sharepoint(app)
    with pytest.raises(NotFound):
        sharepoint.update_view(SITE, LIST_ID, "1", {}, ["first", "second"])
    sharepoint.set_title(SITE, "third")
    assert [each.verb for each in app.asked] == ["POST", "MERGE"]


def test_the_library_sends_what_was_left_in_the_queue() -> None:
    app = in_turn(Told(DIGEST), Told({"error": {"code": "x"}}, 400), Told(None, 204), Told({"d": {"Title": "x"}}))
    context = plain_library(app)
    context.web.lists.get_by_id(LIST_ID).get()
    context.web.update_properties(Title="left behind")
    with pytest.raises(ClientRequestException):
        context.execute_query()
    context.web.get().execute_query()
    assert [each.verb for each in app.asked] == ["POST", "GET", "MERGE", "GET"]


def test_the_librarys_log_prints_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    call = LibraryCall(open_transport(Recorder(lambda _asked: Told())), SITE, "read")

    def fail(_request: Any) -> None:
        raise RuntimeError("anna@mail.example")

    call.context.pending_request().beforeExecute += fail
    call.context.web.get()
    with pytest.raises(RuntimeError):
        call.run()
    assert caplog.text == ""


def test_the_librarys_log_would_print_one(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("office365.runtime.types.event_handler"), "level", logging.NOTSET)
    logging.getLogger("office365.runtime.types.event_handler").manager._clear_cache()  # type: ignore[attr-defined]  # undocumented: levels are cached

    def fail() -> dict[str, str]:
        raise RuntimeError("anna@mail.example")

    context = ClientContext(SITE).with_access_token(fail)
    with pytest.raises(RuntimeError):
        context.web.get().execute_query()
    assert "anna@mail.example" in caplog.text


# ---- silence


@contextmanager
def listening(answer: bytes) -> Iterator[str]:
    """A server on this machine that reads, sends these bytes, and then says nothing more for as long as it is asked."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)
                    if answer:
                        continue
                    ending.wait(5)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        ending.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def over_a_socket(address: str) -> Transport:
    return Transport({HOST}, "test", adapter=LoopbackAdapter(address), timeouts=(1.0, 0.2), sleep=lambda _seconds: None)


def test_a_service_that_never_answers_is_given_up() -> None:
    with listening(b"") as address, closing(over_a_socket(address)) as transport:
        with pytest.raises(OutcomeUnknown):
            transport.send(Call("write", "POST", f"{SITE}/_api/web", data={}))
        assert RequestsTransport().timeout == (10.0, None)  # the library's: it would wait for ever


def test_half_an_answer_is_no_answer() -> None:
    half = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"value": ['
    with listening(half) as address, closing(over_a_socket(address)) as transport:
        with pytest.raises(Unreachable):
            transport.send(Call("read", "GET", f"{SITE}/_api/web"))
        with pytest.raises(OutcomeUnknown):
            transport.send(Call("write", "POST", f"{SITE}/_api/web", data={}))
