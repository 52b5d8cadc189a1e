from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .caller import Caller, code_of, json_of

BOX = "/users/trips@school.example"
KEY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SppKey"
TRIP = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SppTrip"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def mail(to: str = "mum@home.example", key: str = "k1", trip: str = "lake") -> dict[str, Any]:
    return {
        "subject": "Lake District",
        "body": {"contentType": "html", "content": "<p>Hello</p>"},
        "toRecipients": [{"emailAddress": {"address": to}}],
        "singleValueExtendedProperties": [{"id": KEY, "value": key}, {"id": TRIP, "value": trip}],
    }


def draft(caller: Caller, headers: dict[str, str] | None = None, **changes: str) -> str:
    answer = caller.graph("POST", f"{BOX}/messages", mail(**changes), headers)
    assert answer.status_code == 201, answer.text
    return str(json_of(answer)["id"])


def by(name: str, value: str) -> str:
    test = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
    return f"{BOX}/messages?$filter={quote(test)}&$select=id,isDraft,toRecipients"


def test_a_draft_is_nowhere_but_in_the_mailbox(caller: Caller) -> None:
    draft(caller)
    assert caller.ask("GET", "outbox").json == []
    (found,) = caller.get(by(KEY, "k1"))["value"]
    assert found["isDraft"] is True
    assert "singleValueExtendedProperties" not in found


def test_sending_moves_it_and_its_id_changes_unless_immutable(caller: Caller) -> None:
    for headers, status in ((None, 404), (IMMUTABLE, 200)):
        key = draft(caller, headers)
        assert caller.graph("POST", f"{BOX}/messages/{key}/send", headers=headers).status_code == 202
        assert caller.graph("GET", f"{BOX}/messages/{key}", headers=headers).status_code == status
    assert {m["isDraft"] for m in caller.get(by(KEY, "k1"))["value"]} == {False}
    sent = caller.get(f"{BOX}/mailFolders/SentItems/messages?$select=id")["value"]
    assert len(sent) == 2
    assert caller.get(f"{BOX}/mailFolders/drafts")["totalItemCount"] == 0


def test_the_outbox_has_one_entry_for_each_recipient(caller: Caller) -> None:
    body = mail()
    body["ccRecipients"] = [{"emailAddress": {"address": "dad@home.example"}}]
    assert caller.graph("POST", f"{BOX}/sendMail", {"message": body, "saveToSentItems": False}).status_code == 202
    assert [sent["to"] for sent in json_of(caller.ask("GET", "outbox"))] == ["mum@home.example", "dad@home.example"]
    assert caller.get(f"{BOX}/messages")["value"] == []
    assert json_of(caller.ask("GET", "usage"))["mails"] == 2


def test_finding_by_either_property_and_reading_it_back(caller: Caller) -> None:
    for number in range(3):
        draft(caller, key=f"k{number}", trip="lake" if number else "sea")
    assert len(caller.get(by(TRIP, "lake"))["value"]) == 2
    assert len(caller.get(by(TRIP, "none"))["value"]) == 0
    expand = quote(f"singleValueExtendedProperties($filter=id eq '{KEY}')")
    (found,) = caller.get(f"{by(KEY, 'k2')}&$expand={expand}")["value"]
    assert found["singleValueExtendedProperties"] == [{"id": KEY, "value": "k2"}]
    both = quote(f"singleValueExtendedProperties($filter=id eq '{KEY}' or id eq '{TRIP}')")
    (found,) = caller.get(f"{by(KEY, 'k2')}&$expand={both}")["value"]
    assert len(found["singleValueExtendedProperties"]) == 2


def test_a_key_is_found_whole_and_in_its_own_property(caller: Caller) -> None:
    draft(caller, key="k1", trip="k2")
    assert caller.get(by(KEY, "k"))["value"] == []
    assert caller.get(by(KEY, "k2"))["value"] == []


def test_pages(caller: Caller) -> None:
    for number in range(12):
        draft(caller, key=f"k{number}")
    first = caller.get(by(TRIP, "lake"))
    assert len(first["value"]) == 10
    second = caller.get(first["@odata.nextLink"].removeprefix("https://graph.microsoft.com/v1.0"))
    assert len(second["value"]) == 2
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize(
    ("mailbox", "code"), [("nobody@school.example", "ErrorInvalidUser"), ("guest", "MailboxNotEnabledForRESTAPI")]
)
def test_accounts_without_a_mailbox(caller: Caller, mailbox: str, code: str) -> None:
    mailbox = caller.invite_id("mum@home.example") if mailbox == "guest" else mailbox
    assert code_of(caller.graph("POST", f"/users/{mailbox}/messages", mail())) == (404, code)


def test_what_cannot_be_sent(caller: Caller) -> None:
    key = draft(caller, IMMUTABLE)
    assert caller.graph("POST", f"{BOX}/messages/{key}/send").status_code == 202
    assert caller.graph("POST", f"{BOX}/messages/{key}/send").status_code == 400
    assert code_of(caller.graph("POST", f"{BOX}/messages/nonsense/send")) == (404, "ErrorItemNotFound")
    nobody = {"message": {**mail(), "toRecipients": []}}
    assert code_of(caller.graph("POST", f"{BOX}/sendMail", nobody)) == (400, "ErrorInvalidRecipients")
    assert len(json_of(caller.ask("GET", "outbox"))) == 1


def test_a_deleted_draft_cannot_be_sent(caller: Caller) -> None:
    key = draft(caller)
    assert caller.graph("DELETE", f"{BOX}/messages/{key}").status_code == 204
    assert caller.graph("POST", f"{BOX}/messages/{key}/send").status_code == 404
