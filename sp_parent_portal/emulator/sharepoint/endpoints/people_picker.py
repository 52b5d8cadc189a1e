"""The people picker: whom a text means, as a text of JSON that ShareObject takes back. Its answers are assumed: keys as
clients read them (COVERAGE.md)."""

from __future__ import annotations

import json

from .. import sharing, users
from ..answers import Value
from ..reading import read_object, read_text
from ..routes import Answer, Call, endpoint
from ..site import Doc

SERVICE = "sp.ui.applicationpages.clientpeoplepickerwebserviceinterface"


@endpoint("POST", f"{SERVICE}.clientpeoplepickerresolveuser", reads=True)
def resolve_user(call: Call) -> Answer:
    """One entity; `IsResolved` is false for whom nothing may be shared with."""
    return Value(json.dumps(_resolve(call, _asked(call))))


@endpoint("POST", f"{SERVICE}.clientpeoplepickersearchuser", reads=True)
def search_user(call: Call) -> Answer:
    found = _resolve(call, _asked(call))
    return Value(json.dumps([found] if found["IsResolved"] else []))


def _asked(call: Call) -> str:
    return read_text(read_object(call.get("queryParams"), "queryParams"), "QueryString").strip()


def _resolve(call: Call, text: str) -> Doc:
    account = users.find_account(call.emulator.state, text.rpartition("|")[2])
    if account is not None:
        login = f"{users.MEMBERSHIP}{account['userPrincipalName'].lower()}"
        data = {"Title": account.get("jobTitle") or "", "Email": account["mail"] or "", "ObjectId": account["id"]}
        return _entity(login, account["displayName"], "User", data, resolved=True)
    try:
        sharing.check(call.site, call.token, text)
    except sharing.NotShared:
        return _entity(text, text, "", {}, resolved=False)
    return _entity(text, text, "UNVALIDATED_EMAIL_ADDRESS", {"Email": text}, resolved=True)


def _entity(key: str, name: str, kind: str, data: Doc, *, resolved: bool) -> Doc:
    return {
        "Key": key,
        "Description": key,
        "DisplayText": name,
        "EntityType": kind,
        "ProviderDisplayName": "Tenant",
        "ProviderName": "Tenant",
        "IsResolved": resolved,
        "EntityData": data,
        "MultipleMatches": [],
    }
