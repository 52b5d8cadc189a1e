"""PATCH of a mail: what a draft says and whom it is for; of a mail that was sent, only how it is filed (Microsoft
Learn, "Update message", read 2026-08)."""

from __future__ import annotations

from werkzeug.wrappers import Response

from .. import directory, mailboxes
from ..web import json_answer
from .errors import GraphError
from .mail import GIVEN, WRITE, get_mail_of, get_mailbox, preview, read_properties, show_mail
from .query import respell
from .routing import Call, route

ALWAYS = ("categories", "importance", "isRead", "flag", "inferenceClassification", "singleValueExtendedProperties")
KNOWN = tuple(dict.fromkeys((*GIVEN, *ALWAYS)))


@route("PATCH", "/users/<mailbox>/messages/<key>", permissions=WRITE, service="mail")
def change_mail(call: Call) -> Response:
    account = get_mailbox(call)
    mail = get_mail_of(call, account)
    body = {name: value for name, value in respell(call.body, KNOWN).items() if not name.startswith("@odata.")}
    for name in body:
        if name not in KNOWN:
            raise GraphError(
                400, "RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.message'."
            )
        if name not in ALWAYS and not mail["isDraft"]:
            raise GraphError(400, "ErrorInvalidPropertySet", f"Set action is invalid for property '{name}'.")
    changed = {**mail, **body, "lastModifiedDateTime": directory.stamp(call.emulator.now())}
    if "body" in body:
        changed["bodyPreview"] = preview(body["body"])
    if "singleValueExtendedProperties" in body:
        kept = {each["id"].lower(): each for each in mail["singleValueExtendedProperties"]}
        kept |= {each["id"].lower(): each for each in read_properties(body)}
        changed["singleValueExtendedProperties"] = list(kept.values())
    mailboxes.store_mail(call.state, changed)
    context = call.context(f"users('{account['id']}')/messages/$entity")
    return json_answer({"@odata.context": context, **show_mail(call, changed, None)})
