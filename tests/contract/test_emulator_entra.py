"""What the sign-in half of the emulator answers, against what was recorded or is documented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.emulator.app import LOGIN_HOSTS
from tests.unit.emulator.caller import APP_ID, Caller, json_of
from tests.unit.emulator.test_entra import ASSERTION, sign

from .shapes import find_differences

WIRE = Path(__file__).parent / "wire" / "entra"
LOGIN = "https://login.microsoftonline.com"


def load(name: str) -> Any:
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


def test_the_list_of_clouds(caller: Caller) -> None:
    path = f"/common/discovery/instance?api-version=1.1&authorization_endpoint={LOGIN}/common/oauth2/v2.0/authorize"
    assert json_of(caller.client.get(path, base_url=LOGIN)) == load("instance-discovery.json")
    other = caller.client.get(path.replace("login.microsoftonline.com", "login.home.example"), base_url=LOGIN)
    assert (other.status_code, json_of(other)["error"]) == (400, "invalid_instance")


@pytest.mark.parametrize("host", LOGIN_HOSTS)
@pytest.mark.parametrize(("tenant", "file"), [("common", "openid-configuration-common.json"),
                         ("school.example", "openid-configuration.json")])  # fmt: skip
def test_what_a_tenant_says_of_itself(caller: Caller, tenant: str, file: str, host: str) -> None:
    answer = json_of(caller.client.get(f"/{tenant}/v2.0/.well-known/openid-configuration", base_url=f"https://{host}"))
    recorded = load(file)
    optional = {"device_authorization_endpoint", "check_session_iframe", "end_session_endpoint", "userinfo_endpoint"}
    kept = {key: value for key, value in answer.items() if key in recorded or key not in optional}
    assert find_differences(recorded, kept) == []
    named = "common" if tenant == "common" else caller.emulator.tenant.id
    assert answer["token_endpoint"] == f"https://{host}/{named}/oauth2/v2.0/token"


def compare_error(answer: Any, file: str, status: int) -> None:
    recorded = load(file)
    assert answer.status_code == status
    assert find_differences(recorded, answer.json) == []
    assert answer.json["error"] == recorded["error"]
    assert answer.json["error_codes"] == recorded["error_codes"]
    assert answer.json.get("error_uri") == recorded.get("error_uri")
    words = re.compile(r"'[^']*'|https://\S+|[0-9a-f-]{36}|\d{4}-\d\d-\d\d \S+|\s+")
    assert words.sub(" ", answer.json["error_description"]) == words.sub(" ", recorded["error_description"])


def test_a_tenant_that_is_none(caller: Caller) -> None:
    answer = caller.client.get("/xyz.com/v2.0/.well-known/openid-configuration", base_url=LOGIN)
    compare_error(answer, "openid-error-90002.json", 400)


def test_an_application_that_is_none(caller: Caller) -> None:
    caller.emulator.state.set_fact("apps", [{"id": APP_ID, "name": "a"}])
    compare_error(caller.ask_token(client_id="11111c7f-bd7e-475c-86db-fdb8c937548e"), "token-error-700016.json", 400)


def test_a_certificate_that_is_not_registered(caller: Caller) -> None:
    caller.emulator.state.set_fact("apps", [{"id": APP_ID, "name": "a", "thumbprint": "00" * 20}])
    answer = caller.ask_token(client_secret="", client_assertion_type=ASSERTION, client_assertion=sign())
    compare_error(answer, "token-error-700027.json", 401)


def test_a_scope_that_is_none(caller: Caller) -> None:
    compare_error(
        caller.ask_token(scope="https://example.contoso.com/activity.read extra"), "token-error-70011.json", 400
    )


def test_a_token(caller: Caller) -> None:
    answer = caller.ask_token()
    documented = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "eyJ"}
    assert find_differences(documented, answer.json) == []
    assert json_of(answer)["token_type"] == "Bearer"
