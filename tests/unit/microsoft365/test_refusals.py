from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import (
    AccessDenied,
    AlreadyExists,
    GatewayError,
    InvitationsBlocked,
    NotFound,
    Rejected,
    SignInFailed,
    Throttled,
)
from sp_parent_portal.microsoft365.refusals import make_error, read_refusal

SP = "Microsoft.SharePoint.SPException"
ARGUMENT = "System.ArgumentException"
NO_SITE = "Microsoft.Online.SharePoint.Common.SpoNoSiteException"


def sharepoint(code: str, text: str = "") -> dict[str, Any]:
    return {"odata.error": {"code": code, "message": {"lang": "en-US", "value": text}}}


def graph(code: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": text, "innerError": {"request-id": "b7f2"}, **more}}


EXISTS = "One or more added object references already exist for the following modified properties: 'members'."


# The first ten are recorded answers (pnp/pnpcore, CLI for Microsoft 365), the others documented ones.
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, sharepoint(f"-1, {ARGUMENT}", "List 'X' does not exist at site with URL 'https://…'."), NotFound),
        (404, sharepoint(f"-2130575338, {SP}", "The file /sites/x/y.docx does not exist."), NotFound),
        (500, sharepoint(f"-2130575342, {SP}", "A list … with the specified title already exists"), AlreadyExists),
        (500, sharepoint(f"-2146232832, {SP}", "User cannot be found."), NotFound),
        (400, sharepoint(f"-2146232832, {SP}", "The specified user c:0t.c|x could not be found."), NotFound),
        (404, sharepoint(f"-2146232832, {SP}", "Group cannot be found."), NotFound),
        (400, sharepoint(f"-2147024809, {ARGUMENT}", "Server relative urls must start with …"), Rejected),
        (500, sharepoint(f"-1, {NO_SITE}", "Cannot get site https://contoso.sharepoint.com/sites/x."), NotFound),
        (400, sharepoint(f"-2147024809, {ARGUMENT}", "Unable to find the deleted site: https://…."), NotFound),
        (403, sharepoint("-2147024891, System.UnauthorizedAccessException", "Attempted …"), AccessDenied),
        (500, sharepoint("-2147024891, System.UnauthorizedAccessException", "Access denied."), AccessDenied),
        (500, sharepoint(f"-2146232832, {SP}", "The list is too large."), Rejected),
        (401, {"error_description": "Unsupported app only token."}, SignInFailed),
        (401, {"error_description": "Invalid issuer or signature."}, AccessDenied),
        (401, "", AccessDenied),
        (403, graph("Authorization_RequestDenied", "Insufficient privileges"), AccessDenied),
        (403, graph("Forbidden", "Guest invitations not allowed for your company."), InvitationsBlocked),
        (403, graph("Forbidden", "Blocked because of suspicious activity."), InvitationsBlocked),
        (400, graph("Request_BadRequest", EXISTS), AlreadyExists),
        (409, graph("Conflict", "x", details=[{"code": "ConflictingObjects"}]), AlreadyExists),
        (404, graph("Request_ResourceNotFound", "Resource 'x' does not exist"), NotFound),
        (400, graph("BadRequest", "This invitation is blocked by cross-tenant access settings."), Rejected),
        (429, graph("TooManyRequests"), Throttled),
        (503, "<html>busy</html>", Throttled),
        (404, "<html>The file anna@mail.example is not here</html>", NotFound),
        (409, [], Rejected),
        (400, {"error": {"code": None, "message": None}}, Rejected),
    ],
)
def test_what_an_answer_means(status: int, body: Any, kind: type[GatewayError]) -> None:
    error = make_error("do it", read_refusal(status, {}, body))
    assert type(error) is kind
    assert error.status == status


def test_a_message_tells_operation_status_code_and_request() -> None:
    headers = {"request-id": "61f05909-09ce-449e-bdd1-2c96634a3dad"}
    error = make_error("read accounts", read_refusal(404, headers, graph("Request_ResourceNotFound", "anna@x.example")))
    assert error.message == (
        "read accounts: it does not exist "
        "(HTTP 404; Request_ResourceNotFound; request 61f05909-09ce-449e-bdd1-2c96634a3dad)"
    )
    assert error.code == "Request_ResourceNotFound"


def test_who_uses_a_secret_is_told_to_use_a_certificate() -> None:
    error = make_error("read", read_refusal(401, {}, {"error_description": "Unsupported app only token."}))
    assert "certificate" in error.hint


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "value", "innerError", "details", "request-id"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.integers(400, 599), anything)
def test_no_answer_breaks_the_reading(status: int, body: Any) -> None:
    assert isinstance(make_error("do it", read_refusal(status, {}, body)), GatewayError)


secrets = st.sampled_from(
    ["anna.hale@mail.example", "Anna Hale", "https://login.microsoftonline.com/redeem?rd=x", "a b"]
)


@given(st.integers(400, 599), secrets, st.sampled_from(["error", "odata.error"]))
def test_what_the_service_says_about_people_is_never_repeated(status: int, secret: str, name: str) -> None:
    body = {name: {"code": secret, "message": secret, "innerError": {"request-id": secret}}}
    error = make_error("invite", read_refusal(status, {"request-id": secret}, body))
    assert secret not in f"{error.message} {error.hint} {error.code} {error!r}"
