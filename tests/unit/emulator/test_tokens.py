from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .caller import Caller, code_of

GRAPH, SHAREPOINT = "https://graph.microsoft.com", "https://contoso.sharepoint.com"


def forge(head: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(doc).encode()).rstrip(b"=").decode() for doc in (head, claims))
    return ".".join([*parts, "sig"])


def unsigned(**changes: Any) -> str:
    claims = {"aud": GRAPH, "exp": 4_000_000_000, "idtyp": "app", "appid": "a", "roles": ["User.Read.All"], **changes}
    return forge({"alg": "none", "typ": "JWT"}, claims)


def ask(caller: Caller, token: str) -> Any:
    return caller.graph("GET", "/users?$top=1", headers={"Authorization": f"Bearer {token}"})


def test_unsigned_tokens_of_foreign_clients_are_accepted(caller: Caller) -> None:
    assert ask(caller, unsigned()).status_code == 200
    delegated = unsigned(idtyp="user", roles=None, scp="User.Read.All Group.Read.All", upn="admin@school.example")
    assert ask(caller, delegated).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        unsigned(aud=SHAREPOINT),
        unsigned(exp=1),
        unsigned(exp=None),
        forge({"alg": "HS256"}, {"aud": GRAPH, "exp": 4_000_000_000, "roles": ["User.Read.All"]}),
        forge({"alg": "RS256"}, {"aud": GRAPH, "exp": 4_000_000_000, "roles": ["User.Read.All"]}),
    ],
)
def test_graph_refuses_other_tokens(caller: Caller, token: str) -> None:
    answer = ask(caller, token)
    assert code_of(answer) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert answer.json["error"]["innerError"]["request-id"] == answer.headers["request-id"]


def test_a_permission_that_is_missing_is_missed_at_each_call(caller: Caller) -> None:
    reader = {"Authorization": f"Bearer {unsigned(roles=['User.Read.All'])}"}
    assert caller.graph("GET", "/users", headers=reader).status_code == 200
    assert code_of(caller.graph("POST", "/invitations", {}, reader)) == (403, "Authorization_RequestDenied")
    assert code_of(caller.graph("GET", "/admin/sharepoint/settings", headers=reader)) == (403, "accessDenied")
    path = "/users/trips@school.example/messages"
    assert code_of(caller.graph("GET", path, headers=reader)) == (403, "ErrorAccessDenied")


def sharepoint(caller: Caller, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}".strip(), "Accept": "application/json"}
    return caller.client.get("/_api/web", base_url=SHAREPOINT, headers=headers)


def test_sharepoint_names_its_tenant_to_who_brings_no_token(caller: Caller) -> None:
    answer = sharepoint(caller, "")
    assert answer.status_code == 401
    assert f'realm="{caller.emulator.tenant.id}"' in answer.headers["WWW-Authenticate"]


def test_sharepoint_refuses_a_graph_token_and_one_made_with_a_secret(caller: Caller) -> None:
    refused = {
        unsigned(): "Invalid issuer or signature.",
        "nonsense": "Unsupported security token.",
        unsigned(aud=SHAREPOINT, appidacr="1"): "Unsupported app only token.",
    }
    for token, text in refused.items():
        answer = sharepoint(caller, token)
        assert (answer.status_code, answer.json["error_description"]) == (401, text)
    assert (
        sharepoint(caller, unsigned(aud=SHAREPOINT, appidacr="2", roles=["Sites.FullControl.All"])).status_code == 200
    )


def test_the_admin_host_wants_its_own_audience(caller: Caller) -> None:
    token = unsigned(aud=SHAREPOINT, appidacr="2", roles=["Sites.FullControl.All"])
    headers = {"Authorization": f"Bearer {token}"}
    answer = caller.client.get("/_api/web", base_url="https://contoso-admin.sharepoint.com", headers=headers)
    assert answer.status_code == 401


def test_tokens_of_the_emulator_outlive_a_reset_but_not_their_hour(caller: Caller) -> None:
    assert caller.ask("POST", "reset").status_code == 200
    assert caller.graph("GET", "/users").status_code == 200
    caller.clock.sleep(3700)
    assert code_of(caller.graph("GET", "/users")) == (401, "InvalidAuthenticationToken")
