"""Whatever a client sends, it gets an answer of the service: no body makes the emulator fall over."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint.routes import ENDPOINTS

from ...contract.sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, VERBOSE, Bench

NAMES = (
    "Title", "Url", "BaseTemplate", "TemplateType", "Description", "parameters", "request", "SchemaXml", "Options",
    "FieldTypeKind", "Choices", "ViewFields", "RowLimit", "Query", "formValues", "FieldName", "FieldValue", "Name",
    "BasePermissions", "Order", "High", "Low", "logonName", "LoginName", "id", "principalId", "roleDefId", "speFilter",
    "Filter", "Template", "StartIndex", "siteUrl", "siteId", "url", "position", "pageSize", "filter", "sortOrder",
    "uniqueIds", "SharingCapability", "LockState", "script", "actionDefinition", "Owner", "WebTemplate", "Lcid",
    "copyRoleAssignments", "strField", "alias", "displayName", "optionalParams", "groupId", "decodedUrl", "urlOfFile",
    "CanvasContent1", "BannerImageUrl", "PageLayoutType", "WelcomePage", "IsExternal", "DefaultView", "results",
    "__metadata",
)  # fmt: skip
KEYS = {
    "lists": ["getbytitle('Documents')", "getbytitle('None')", "getbyid('x')"],
    "items": ["getbyid(1)", "getbyid('x')"],
    "fields": ["getbyinternalnameortitle('Title')", "getbyid('x')"],
    "views": ["getbytitle('All Documents')", "getbyid('x')"],
    "sitegroups": ["getbyid(5)", "getbyname('x')"],
    "users": ["getbyid(6)", "getbyloginname('x')"],
    "siteusers": ["getbyid(6)", "getbyemail('x')"],
    "roledefinitions": ["getbyid(1073741826)", "getbytype(2)"],
    "roleassignments": ["getbyprincipalid(5)", "getbyid('x')"],
    "quicklaunch": ["getbyid(1031)", "getbyid('x')"],
    "topnavigationbar": ["getbyid(1031)"],
    "sites": ["getbyid('x')"],
    "pages": ["getbyid(1)", "getbyurl('SitePages/x.aspx')"],
}
# Found wherever they are: nothing stands before the method.
PLACED = {
    "file(*)": ["getfilebyid('x')", "getfilebyserverrelativepath(decodedurl='/sites/lakes/Shared Documents/a.txt')"],
    "folder(*)": ["getfolderbyserverrelativeurl('Shared Documents')", "getfolderbyid('x')"],
    "aggregatedsites": ["lists/getbytitle('DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECOLLECTIONS')"],
}
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "Documents", OWNER, LAKES, f"{ROOT}/sites/new", "STS#3", "<Field", "{}", "é'&#"]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)),
    max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=10)
ENDINGS = st.sampled_from(["", "()", "(1)", "('x')", "(true,false)", "(principalid=4,roledefid=1073741826)"])
SHARED = Bench()


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    verb, shape = draw(st.sampled_from(sorted(ENDPOINTS)))
    parts = []
    for part in shape.split("/"):
        name = part.removesuffix("(*)")
        if part in PLACED:
            parts.append(draw(st.sampled_from(PLACED[part])))
            continue
        parts.append(f"{name}/{draw(st.sampled_from(KEYS[name]))}" if part.endswith("(*)") else name)
    path = "/".join(parts).replace("sitescriptutility.", UTILITY)
    host = ADMIN if shape.startswith(("spo.tenant", "office365tenant", "web/aggregatedsites")) else LAKES
    return verb, f"{host}/_api/{path}{draw(ENDINGS)}"


UTILITY = "Microsoft.SharePoint.Utilities.WebTemplateExtensions.SiteScriptUtility."


@settings(max_examples=600)
@given(addresses(), BODIES, st.sampled_from([VERBOSE, "application/json", "application/json;odata=nometadata"]))
def test_every_body_is_answered(address: tuple[str, str], body: dict[str, Any], accept: str) -> None:
    verb, url = address
    response = SHARED.ask(verb, url, None if verb == "GET" else body, accept=accept)
    assert response.status_code in (200, 201, 204, 400, 403, 404, 412, 500, 501)
    if response.status_code == 500:
        assert response.get_json().keys() <= {"error", "odata.error"}


@given(st.text(max_size=60), st.text(max_size=40))
def test_every_address_is_answered(path: str, query: str) -> None:
    response = SHARED.ask("GET", f"{LAKES}/_api/{path.replace('?', '').replace('#', '')}?$filter={query}")
    assert response.status_code in (200, 400, 404, 501)
