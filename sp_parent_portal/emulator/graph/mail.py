"""Mail out of the school's mailboxes: drafts that carry a key, sending them, finding them again."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Response

from .. import directory, mailboxes, outbox
from ..web import json_answer
from . import odata
from .advanced import sort
from .errors import GraphError
from .query import Doc, allow_only, context_of, next_link, page_size, pick
from .routing import MAIL_SEND, Call, route

READ = ("Mail.Read", "Mail.ReadWrite")
WRITE = ("Mail.ReadWrite",)
DEFAULT = (
    "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime", "sentDateTime",
    "hasAttachments", "internetMessageId", "subject", "bodyPreview", "importance", "parentFolderId", "conversationId",
    "isDeliveryReceiptRequested", "isReadReceiptRequested", "isRead", "isDraft", "webLink", "inferenceClassification",
    "body", "sender", "from", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "flag",
)  # fmt: skip
GIVEN = ("subject", "body", "importance", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "categories",
         "isDeliveryReceiptRequested", "isReadReceiptRequested", "singleValueExtendedProperties", "from", "sender",
         "internetMessageHeaders")  # fmt: skip
EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=(.*)\)$", re.I | re.S)


def get_mailbox(call: Call) -> Doc:
    """The account whose mailbox it is. Raises GraphError where there is no account, or one without a mailbox."""
    account = directory.find_user(call.state, call.args["mailbox"])
    if account is None:
        raise GraphError(404, "ErrorInvalidUser", f"The requested user '{call.args['mailbox']}' is invalid.")
    if account["userType"] != directory.MEMBER or not account["mail"]:
        raise GraphError(
            404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
        )
    return account


def get_mail_of(call: Call, account: Doc) -> Doc:
    mail = mailboxes.find_mail(call.state, account["id"], call.args["key"])
    if mail is None:
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return mail


def _immutable(call: Call) -> bool:
    return 'idtype="immutableid"' in call.request.headers.get("Prefer", "").lower().replace(" ", "")


def show_mail(call: Call, mail: Doc, expand: odata.Test | None) -> Doc:
    key = mailboxes.make_id(mail, immutable=_immutable(call))
    shown = pick({**mail, "id": key}, call.query.select, DEFAULT, DEFAULT, "message")
    shown = {"@odata.etag": f'W/"{mail["changeKey"]}"', "id": key, **shown}
    if expand is not None:
        found = [p for p in mail["singleValueExtendedProperties"] if odata.fits(expand, p)]
        if found:
            shown["singleValueExtendedProperties"] = found
    return shown


def _read_expand(call: Call) -> odata.Test | None:
    """Graph gives extended properties only when asked for by id."""
    if not call.query.expand:
        return None
    found = EXPAND.match(call.query.expand)
    if found is None:
        raise GraphError(400, "ErrorInvalidUrlQuery", "The $expand clause is not supported.")
    try:
        return odata.parse(found[1])
    except odata.BadFilter:
        raise GraphError(400, "ErrorInvalidUrlQueryFilter", "The query filter is invalid.") from None


# ---- writing and sending -----------------------------------------------------------------------------------------


def _make_mail(call: Call, account: Doc, given: Any) -> Doc:
    if not isinstance(given, dict):
        raise GraphError(400, "ErrorInvalidRequest", "A message is expected.")
    for name in given:
        if name not in GIVEN and not name.startswith("@odata."):
            raise GraphError(
                400, "RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.message'."
            )
    now = call.emulator.now()
    sender = {"emailAddress": {"name": account["displayName"], "address": account["mail"]}}
    body = given.get("body") or {"contentType": "text", "content": ""}
    return {
        **dict.fromkeys(DEFAULT),
        **{name: [] for name in ("categories", "ccRecipients", "bccRecipients", "replyTo", "toRecipients")},
        "createdDateTime": directory.stamp(now),
        "lastModifiedDateTime": directory.stamp(now),
        "receivedDateTime": directory.stamp(now),
        "sentDateTime": directory.stamp(now),
        "changeKey": "CQAAABYAAAA",
        "hasAttachments": False,
        "importance": "normal",
        "isDeliveryReceiptRequested": False,
        "isReadReceiptRequested": False,
        "isRead": True,
        "isDraft": True,
        "inferenceClassification": "focused",
        "flag": {"flagStatus": "notFlagged"},
        "sender": sender,
        "from": sender,
        **{name: given[name] for name in GIVEN if name in given},
        "body": body,
        "bodyPreview": preview(body),
        "parentFolderId": "drafts",
        "singleValueExtendedProperties": read_properties(given),
    }


def preview(body: Doc) -> str:
    return re.sub(r"<[^>]*>", "", str(body.get("content", "")))[:255]


def read_properties(given: Doc) -> list[Doc]:
    properties = given.get("singleValueExtendedProperties", [])
    if not isinstance(properties, list) or any(set(p) - {"id", "value"} or "id" not in p for p in properties):
        raise GraphError(400, "ErrorInvalidProperty", "The extended property is invalid.")
    return [{"id": str(p["id"]), "value": str(p.get("value", ""))} for p in properties]


@route("POST", "/users/<mailbox>/messages", permissions=WRITE, service="mail")
def create_draft(call: Call) -> Response:
    account = get_mailbox(call)
    mail = mailboxes.add_mail(call.state, account["id"], "drafts", _make_mail(call, account, call.body))
    context = call.context(f"users('{account['id']}')/messages/$entity")
    return json_answer({"@odata.context": context, **show_mail(call, mail, None)}, 201)


@route("POST", "/users/<mailbox>/messages/<key>/send", permissions=MAIL_SEND, service="mail")
def send_draft(call: Call) -> Response:
    account = get_mailbox(call)
    mail = get_mail_of(call, account)
    if not mail["isDraft"]:
        raise GraphError(400, "ErrorInvalidRequest", "Only a draft can be sent.")
    _deliver(call, mail)
    mailboxes.store_mail(call.state, {**_sent(call, mail), "_folder": "sentitems", "parentFolderId": "sentitems"})
    return Response(status=202)


@route("POST", "/users/<mailbox>/sendMail", permissions=MAIL_SEND, service="mail")
def send_mail(call: Call) -> Response:
    account = get_mailbox(call)
    mail = _make_mail(call, account, call.body.get("message", call.body.get("Message")))
    _deliver(call, mail)
    if call.body.get("saveToSentItems", call.body.get("SaveToSentItems", True)):
        mailboxes.add_mail(call.state, account["id"], "sentitems", {**_sent(call, mail), "parentFolderId": "sentitems"})
    return Response(status=202)


def _sent(call: Call, mail: Doc) -> Doc:
    now = directory.stamp(call.emulator.now())
    return {**mail, "isDraft": False, "sentDateTime": now, "lastModifiedDateTime": now, "changeKey": "CQAAABYAAAB"}


def _deliver(call: Call, mail: Doc) -> None:
    """To the outbox, one entry for each recipient."""
    recipients = [*mail["toRecipients"], *mail["ccRecipients"], *mail["bccRecipients"]]
    addresses = [(r.get("emailAddress") or {}).get("address") or "" for r in recipients]
    if not addresses or not all("@" in address for address in addresses):
        raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    for address in addresses:
        outbox.post(
            call.state,
            to=address,
            subject=mail["subject"] or "",
            kind="mail",
            html=str(mail["body"].get("content", "")),
            at=call.emulator.now(),
        )
    call.request.mails += len(addresses)


# ---- reading -----------------------------------------------------------------------------------------------------


@route("GET", "/users/<mailbox>/messages", permissions=READ, service="mail")
def list_mails(call: Call) -> Response:
    return _answer_mails(call, "")


@route("GET", "/users/<mailbox>/mailFolders/<folder>/messages", permissions=READ, service="mail")
def list_mails_in_folder(call: Call) -> Response:
    return _answer_mails(call, _get_folder(call))


def _answer_mails(call: Call, folder: str) -> Response:
    query = call.query
    allow_only(call.request, query, "$filter", "$select", "$top", "$skip", "$expand", "$count", "$orderby")
    account = get_mailbox(call)
    expand = _read_expand(call)
    pairs = None if query.filter is None else find_keys(query.filter)
    mails = mailboxes.list_mails(call.state, account["id"], folder=folder, properties=pairs)
    if query.filter is not None:
        mails = [mail for mail in mails if odata.fits(query.filter, mail)]
    mails = sort(mails, query.order)
    size = page_size(query, default=10, most=1000)
    doc: Doc = {"@odata.context": call.context(f"users('{account['id']}')/{context_of('messages', query.select)}")}
    if query.count:
        doc["@odata.count"] = len(mails)
    if len(mails) > query.skip + size:
        doc["@odata.nextLink"] = next_link(call.request, {"$skip": str(query.skip + size)})
    doc["value"] = [show_mail(call, mail, expand) for mail in mails[query.skip : query.skip + size]]
    return json_answer(doc)


def find_keys(test: odata.Test) -> list[tuple[str, str]] | None:
    """(id, value) of the extended property without which no mail passes; None where the test asks for none."""
    match test:
        case odata.Both(left, right):
            found = find_keys(left)
            return find_keys(right) if found is None else found
        case odata.Any_(odata.Path((name,)), _, odata.Both(a, b)) if name.lower() == "singlevalueextendedproperties":
            values = {}
            for part in (a, b):
                if isinstance(part, odata.Compare) and part.operator == "eq" and isinstance(part.left, odata.Path):
                    values[part.left.parts[-1].lower()] = part.right
            key, value = values.get("id"), values.get("value")
            if isinstance(key, odata.Literal) and isinstance(value, odata.Literal):
                return [(str(key.value), str(value.value))]
    return None


@route("GET", "/users/<mailbox>/messages/<key>", permissions=READ, service="mail")
def get_mail(call: Call) -> Response:
    allow_only(call.request, call.query, "$select", "$expand")
    account = get_mailbox(call)
    mail = get_mail_of(call, account)
    context = call.context(f"users('{account['id']}')/{context_of('messages', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **show_mail(call, mail, _read_expand(call))})


@route("DELETE", "/users/<mailbox>/messages/<key>", permissions=WRITE, service="mail")
def delete_mail(call: Call) -> Response:
    mail = get_mail_of(call, get_mailbox(call))
    mailboxes.store_mail(call.state, {**mail, "_folder": "deleteditems", "parentFolderId": "deleteditems"})
    return Response(status=204)


def _get_folder(call: Call) -> str:
    name = call.args["folder"].lower()
    if name not in mailboxes.FOLDERS:
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return name


def _show_folder(call: Call, account: Doc, name: str) -> Doc:
    mails = mailboxes.list_mails(call.state, account["id"], folder=name)
    return {
        "id": name,
        "displayName": mailboxes.FOLDERS[name],
        "parentFolderId": "msgfolderroot",
        "childFolderCount": 0,
        "unreadItemCount": 0,
        "totalItemCount": len(mails),
        "sizeInBytes": sum(len(str(mail["body"])) for mail in mails),
        "isHidden": False,
    }


@route("GET", "/users/<mailbox>/mailFolders", permissions=READ, service="mail")
def list_folders(call: Call) -> Response:
    account = get_mailbox(call)
    allow_only(call.request, call.query, "$top", "$skip", "$select")
    context = call.context(f"users('{account['id']}')/mailFolders")
    folders = [_show_folder(call, account, name) for name in sorted(mailboxes.FOLDERS)]
    first, size = call.query.skip, page_size(call.query, default=10, most=1000)
    doc: Doc = {"@odata.context": context}
    if len(folders) > first + size:
        doc["@odata.nextLink"] = next_link(call.request, {"$skip": str(first + size)})
    doc["value"] = [pick(each, call.query.select, tuple(each), each, "mailFolder") for each in folders[first:][:size]]
    return json_answer(doc)


@route("GET", "/users/<mailbox>/mailFolders/<folder>", permissions=READ, service="mail")
def get_folder(call: Call) -> Response:
    account = get_mailbox(call)
    context = call.context(f"users('{account['id']}')/mailFolders/$entity")
    return json_answer({"@odata.context": context, **_show_folder(call, account, _get_folder(call))})
