"""The emulator's answers against recorded ones of SharePoint: status, error code, keys, types, forms of ids and dates.

A recording's values are another tenant's: they are compared by what they are (a GUID, a date, a number), except where
`same` names those that must be equal. `besides` lists differences that are meant, each with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from sp_parent_portal.emulator.sharepoint import group_sites
from sp_parent_portal.emulator.sharepoint.administration import recycle_site

from .comparison import FORMS, differences
from .sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench

WIRE = Path(__file__).parent / "wire" / "rest"
INDEX = json.loads((WIRE / "index.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Case:
    """`ask` sends the request after whatever it needs first."""

    file: str
    ask: Callable[[Bench], Response]
    same: tuple[str, ...] = ()
    besides: dict[str, str] = field(default_factory=dict)


LIST = f"{LAKES}/_api/web/lists/getbytitle('Kit')"
ITEM_BUILD = "older recordings have no colour tag; items-page-nextlink.json has one"


def make_list(bench: Bench) -> None:
    bench.read("POST", f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100})


def after_list(verb: str, rest: str, body: Any = None, *, items: int = 0) -> Callable[[Bench], Response]:
    def ask(bench: Bench) -> Response:
        make_list(bench)
        for number in range(items):
            bench.read("POST", f"{LIST}/items", {"Title": f"Item {number}"})
        return bench.ask(verb, f"{LIST}{rest}", body)

    return ask


def plain(verb: str, url: str, body: Any = None) -> Callable[[Bench], Response]:
    return lambda bench: bench.ask(verb, url, body)


def twice(url: str, body: Any) -> Callable[[Bench], Response]:
    def ask(bench: Bench) -> Response:
        bench.read("POST", url, body)
        return bench.ask("POST", url, body)

    return ask


def with_guest(bench: Bench) -> Response:
    bench.add_guest("ada@mail.example", "ada@mail.example")
    claim = "i:0#.f|membership|ada_mail.example#ext#@contoso.onmicrosoft.com"
    bench.read("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": claim})
    group = bench.add_group("0f0e0d0c-0000-4000-8000-000000000001", "Trip")
    bench.read("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": group})
    return bench.ask("GET", f"{LAKES}/_api/web?$select=Id,SiteUsers&$expand=SiteUsers")


def grants_on_list(bench: Bench) -> Response:
    make_list(bench)
    bench.read("POST", f"{LIST}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=false)")
    bench.read("POST", f"{LIST}/roleassignments/addroleassignment(principalid=4,roledefid=1073741826)")
    query = "$select=Id,HasUniqueRoleAssignments,RoleAssignments&$expand=RoleAssignments/RoleDefinitionBindings"
    return bench.ask("GET", f"{LIST}?{query}")


def new_site(template: str) -> dict[str, Any]:
    return {"request": {"Title": "New", "Url": f"{ROOT}/sites/new", "WebTemplate": template, "Owner": OWNER}}


def created(status_polls: int, complete_polls: int = 0) -> Callable[[Bench], Response]:
    def ask(bench: Bench) -> Response:
        bench.state.set_fact("provisioning", {"status_polls": status_polls, "complete_polls": complete_polls})
        return bench.ask("POST", f"{ROOT}/_api/SPSiteManager/create", new_site("SITEPAGEPUBLISHING#0"))

    return ask


def polled(times: int) -> Callable[[Bench], Response]:
    def ask(bench: Bench) -> Response:
        created(1)(bench)
        url = f"{ROOT}/_api/SPSiteManager/status?url='{ROOT}/sites/new'"
        return [bench.ask("GET", url) for _ in range(times)][-1]

    return ask


def unfinished(bench: Bench) -> Response:
    created(0, 1)(bench)
    return bench.ask("GET", f"{ROOT}/sites/new/_api/web?$select=Id,IsProvisioningComplete")


def new_web(bench: Bench) -> Response:
    created(0)(bench)
    return bench.ask("GET", f"{ROOT}/sites/new/_api/web?$select=Description,Id,Language,Title,Url")


def nodes(bench: Bench) -> Response:
    return bench.ask("GET", f"{LAKES}/_api/web/navigation/quicklaunch")


def administrators(bench: Bench) -> Response:
    url = f"{ADMIN}/_api/SPO.Tenant/GetSiteAdministrators"
    return bench.ask("POST", url, {"siteId": bench.lakes.id})


def selected(name: str, thing: str) -> Callable[[Bench], Response]:
    keys = ",".join(json.loads((WIRE / name).read_text(encoding="utf-8")))
    return lambda bench: bench.ask("GET", f"{LAKES}/_api/{thing}?$select={keys}")


DOCUMENTS = f"{LAKES}/_api/web/GetFolderByServerRelativePath(DecodedUrl='/sites/lakes/Shared Documents')"
FILE = f"{LAKES}/_api/web/GetFileByServerRelativePath(DecodedUrl=@f)"


def with_file(bench: Bench) -> Response:
    return bench.ask("POST", f"{DOCUMENTS}/Files/AddUsingPath(decodedUrl='a.docx',overwrite=true)", "content")


def vroom_ids(bench: Bench) -> Response:
    with_file(bench)
    names = "$select=VroomDriveID,VroomItemID,SiteId,UniqueId"
    return bench.ask("GET", f"{FILE}?@f='/sites/lakes/Shared Documents/a.docx'&{names}")


def new_page(bench: Bench) -> Response:
    folder = f"{LAKES}/_api/web/getFolderByServerRelativeUrl('/sites/lakes/SitePages')"
    method = "Files/AddTemplateFile(urlOfFile='/sites/lakes/SitePages/Packing.aspx',templatefiletype=3)"
    return bench.ask("POST", f"{folder}/{method}")


def group_with_site(bench: Bench) -> Response:
    somebody = bench.token("contoso.sharepoint.com", idtyp="user", scp="AllSites.FullControl", upn=OWNER)
    body = {
        "displayName": "Team",
        "alias": "team",
        "isPublic": True,
        "optionalParams": {"CreationOptions": {"results": [], "Classification": ""}},
    }
    headers = {"Authorization": f"Bearer {somebody}"}
    return bench.ask("POST", f"{ROOT}/_api/GroupSiteManager/CreateGroupEx", body, headers=headers)


def site_of_group(bench: Bench) -> Response:
    group = group_sites.make_group(bench.emulator, {"displayName": "Team", "mailNickname": "team"}, [])
    return bench.ask("POST", f"{ROOT}/_api/GroupSiteManager/Create?groupId='{group['id']}'")


GROUPS = "AssociatedOwnerGroup,AssociatedMemberGroup,AssociatedVisitorGroup"
XML = '<Field Type="Text" Name="ADDED FIELD3" DisplayName="ADDED FIELD3" />'
CASES = (
    Case("associatedgroups.json", plain("GET", f"{LAKES}/_api/web?$select=Id,{GROUPS}&$expand={GROUPS}")),
    Case("breakroleinheritance.json", after_list("POST", "/breakroleinheritance(true,false)"), same=("odata.null",)),
    Case("ensureuser.json", plain("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": OWNER})),
    Case(
        "error-403-tenant-rest.json",
        plain("GET", f"{ADMIN}/_api/SPO.Tenant/sites('00000000-0000-0000-0000-00000000000a')"),
        same=("odata.error",),
    ),
    Case(
        "error-bad-serverrelativeurl.json",
        plain("GET", f"{FILE}?@f='/sites/other/Shared Documents/a.docx'"),
        same=("odata.error",),
    ),
    Case(
        "error-file-notfound.json",
        plain("GET", f"{FILE}?@f='/sites/lakes/Shared Documents/a.docx'"),
        same=("odata.error.code",),
    ),
    Case("file-add.json", with_file, same=("CheckOutType", "Level", "UIVersion", "UIVersionLabel", "MajorVersion")),
    Case("folder-add.json", plain("POST", f"{DOCUMENTS}/Folders/AddUsingPath(decodedurl='TEST')"), same=("Name",)),
    Case("vroom-ids.json", vroom_ids),
    Case(
        "page-addtemplatefile.json",
        new_page,
        same=("CheckOutType", "CustomizedPageStatus", "Level", "UIVersion", "UIVersionLabel", "ExistsWithException"),
    ),
    Case("groupsitemanager-createforgroup.json", site_of_group, same=("ErrorMessage", "GroupId", "SiteStatus")),
    Case("groupsitemanager-creategroupforsite.json", group_with_site, same=("ErrorMessage", "SiteStatus")),
    Case(
        "error-ensureuser-notfound.json",
        plain("POST", f"{LAKES}/_api/web/ensureuser", {"logonName": "nobody@school.example"}),
        same=("odata.error.code",),
    ),
    Case(
        "error-list-exists.json",
        twice(f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100}),
        same=("odata.error",),
    ),
    Case("error-list-notfound.json", plain("GET", LIST), same=("odata.error.code",)),
    Case(
        "error-user-missing.json",
        plain("GET", f"{LAKES}/_api/web/siteusers(@v)?@v='i%3A0%23.f%7Cmembership%7Cnobody%40school.example'"),
        same=("odata.error",),
    ),
    Case(
        "field-createasxml.json",
        plain("POST", f"{LAKES}/_api/web/fields/CreateFieldAsXml", {"parameters": {"SchemaXml": XML, "Options": 0}}),
        same=(
            "InternalName",
            "StaticName",
            "EntityPropertyName",
            "Title",
            "FieldTypeKind",
            "TypeAsString",
            "MaxLength",
        ),
    ),
    Case(
        "item-add-validateupdate.json",
        after_list(
            "POST",
            "/AddValidateUpdateItemUsingPath",
            {"formValues": [{"FieldName": "Title", "FieldValue": "Yes"}], "bNewDocumentUpdate": False},
        ),
        same=("value",),
    ),
    Case(
        "items-get.json",
        after_list("GET", "?$select=Id,Items&$expand=Items", items=1),
        besides={"$.Items[].OData__ColorTag: not recorded": ITEM_BUILD},
    ),
    Case("items-page-nextlink.json", after_list("GET", "/items?$top=1", items=2)),
    Case(
        "list-create.json",
        plain("POST", f"{LAKES}/_api/web/lists", {"Title": "RecycleList", "BaseTemplate": 100}),
        same=("Title", "EntityTypeName", "ListItemEntityTypeFullName", "BaseType", "TemplateFeatureId"),
    ),
    Case(
        "navigation-node-add.json",
        plain("POST", f"{LAKES}/_api/web/navigation/quicklaunch", {"Title": "Parent Node", "Url": LAKES}),
        same=("Title", "IsDocLib", "IsVisible"),
    ),
    Case("navigation-nodes.json", nodes),
    Case("roleassignments-expanded.json", grants_on_list, same=("HasUniqueRoleAssignments",)),
    Case(
        "roledefinition-add.json",
        plain(
            "POST",
            f"{LAKES}/_api/web/roledefinitions",
            {"Name": "Test RoleDef 2", "Description": "", "Order": 0, "BasePermissions": {"High": 0, "Low": 262144}},
        ),
        same=("BasePermissions", "Name", "RoleTypeKind"),
    ),
    Case("roledefinitions.json", plain("GET", f"{LAKES}/_api/web/roledefinitions"), same=("value",)),
    Case("site-simple-props.json", selected("site-simple-props.json", "site")),
    Case("siteadmins-get.json", administrators),
    Case("sitegroup-add.json", plain("POST", f"{LAKES}/_api/web/sitegroups", {"Title": "Leaders"})),
    Case("sitegroup-user-add.json", plain("POST", f"{LAKES}/_api/web/sitegroups(5)/users", {"LoginName": OWNER})),
    Case("sitegroups.json", plain("GET", f"{LAKES}/_api/web?$select=Id,SiteGroups&$expand=SiteGroups")),
    Case("siteusers-with-guest.json", with_guest),
    Case("spsitemanager-create-provisioning.json", created(1), same=("SiteStatus",)),
    Case("spsitemanager-create-ready.json", created(0), same=("SiteStatus",)),
    Case("spsitemanager-status-1.json", polled(1), same=("SiteStatus",)),
    Case("spsitemanager-status-2.json", polled(2), same=("SiteStatus",)),
    Case(
        "view-add.json",
        after_list(
            "POST",
            "/views/add",
            {"parameters": {"Title": "PnPCoreTestAsync", "RowLimit": 3, "ViewFields": {"results": ["LinkTitle"]}}},
        ),
        same=("Title", "RowLimit", "Paged", "ViewType", "ViewType2", "DefaultView"),
    ),
    Case("web-isprovisioningcomplete-false.json", unfinished, same=("IsProvisioningComplete", "Id")),
    Case("web-new-commsite.json", new_web, same=("Id", "Language")),
    Case("web-props-a-g.json", selected("web-props-a-g.json", "web")),
    Case(
        "web-regional-first-call.json",
        plain("GET", f"{LAKES}/_api/web?$select=Id,Url,RegionalSettings/*&$expand=RegionalSettings/TimeZone"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_answers_are_as_recorded(case: Case) -> None:
    response = case.ask(Bench())
    recorded = json.loads((WIRE / case.file).read_text(encoding="utf-8"))
    answered = json.loads(response.get_data(as_text=True))
    assert response.status_code == (INDEX[case.file]["status"] or 200)
    assert not [name for name in INDEX[case.file]["headers"] if name not in response.headers]
    assert set(differences(recorded, answered)) == set(case.besides)
    for path in case.same:
        assert _at(answered, path) == _at(recorded, path)


def _at(doc: Any, path: str) -> Any:
    if path in doc:
        return doc[path]
    head, _, rest = path.rpartition(".")
    return _at(doc, head)[rest]


def test_a_guest_and_a_security_group_are_rows_as_recorded() -> None:
    """A guest: an external address for title, lower-case #ext# in the claim, no UserId."""
    recorded = json.loads((WIRE / "siteusers-with-guest.json").read_text(encoding="utf-8"))["SiteUsers"]
    answered = with_guest(Bench()).get_json()["SiteUsers"]
    for mark, kind in (("#ext#", 1), ("c:0t.c|tenant|", 4)):
        (theirs,) = [row for row in recorded if mark in row["LoginName"]]
        (ours,) = [row for row in answered if mark in row["LoginName"]]
        own = {"Id", "LoginName", "Title", "Email", "UserPrincipalName"}
        assert ours["PrincipalType"] == kind
        assert {key: value for key, value in ours.items() if key not in own} == {
            key: value for key, value in theirs.items() if key not in own
        }
        assert (ours["Title"] == ours["Email"]) is (theirs["Title"] == theirs["Email"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_dropped_key_is_noticed(case: Case) -> None:
    """The comparison must be able to fail: without any one of the recorded keys it does."""
    recorded = json.loads((WIRE / case.file).read_text(encoding="utf-8"))
    for key in recorded:
        short = {name: value for name, value in recorded.items() if name != key}
        assert differences(recorded, short) == [f"$.{key}: missing"]


def test_other_forms_are_noticed() -> None:
    recorded = {"Id": "eec4a52e-e09f-48da-95c9-67de988679b5", "Created": "2021-12-15T08:44:27Z", "Count": 1}
    assert differences(recorded, {**recorded, "Id": "7"})
    assert differences(recorded, {**recorded, "Created": "15/12/2021"})
    assert differences(recorded, {**recorded, "Count": "1"})
    assert differences({"value": [recorded]}, {"value": [{**recorded, "More": 1}]})
    assert not differences(recorded, {**recorded, "Count": 5})


def test_a_token_for_another_service_is_refused_as_recorded() -> None:
    bench = Bench()
    foreign = bench.token("contoso.sharepoint.com", aud="https://graph.microsoft.com")
    for file, text in (("error-401-token-issuer.json", foreign), ("error-401-unsupported-token.json", "x.y.z")):
        response = bench.ask("GET", f"{LAKES}/_api/web", headers={"Authorization": f"Bearer {text}"})
        assert response.status_code == INDEX[file]["status"]
        assert response.get_json() == json.loads((WIRE / file).read_text(encoding="utf-8"))


def test_a_token_got_with_a_secret_is_refused() -> None:
    bench = Bench()
    weak = bench.token("contoso.sharepoint.com", appidacr="1")
    response = bench.ask("GET", f"{LAKES}/_api/web", headers={"Authorization": f"Bearer {weak}"})
    assert response.status_code == 401
    assert response.get_json() == {"error_description": "Unsupported app only token."}


# ---- $batch


def batch(bench: Bench, parts: list[str], end: str = "\r\n") -> tuple[Response, list[list[str]]]:
    """Send the parts, and give back the answer's parts as lines."""
    lines: list[str] = []
    for part in parts:
        lines += ["--batch_a", "Content-Type: application/http", "Content-Transfer-Encoding: binary", "", part, ""]
    body = end.join([*lines, "--batch_a--", ""])
    headers = {"Content-Type": "multipart/mixed; boundary=batch_a"}
    response = bench.ask("POST", f"{LAKES}/_api/$batch", body, headers=headers)
    return response, _parts(response.get_data(as_text=True))


def _parts(text: str) -> list[list[str]]:
    mark = text.partition("\r\n")[0]
    assert re.fullmatch(rf"--batchresponse_{FORMS['GUID']}", mark)
    pieces = text.split(mark)
    assert pieces[-1] == "--\r\n"
    return [piece.removeprefix("\r\n").removesuffix("\r\n").split("\r\n") for piece in pieces[1:-1]]


def part(verb: str, path: str, body: Any = None, **headers: str) -> str:
    given = "".join(f"\r\n{name.replace('_', '-')}: {value}" for name, value in headers.items())
    text = "" if body is None else json.dumps(body)
    return f"{verb} {LAKES}/_api/{path} HTTP/1.1\r\nAccept: application/json;odata=nometadata{given}\r\n\r\n{text}"


ROLE = {"Name": "Test RoleDef 2", "Description": "", "Order": 0, "BasePermissions": {"High": "0", "Low": "262144"}}
BATCHES = {
    "batch-201-location.http": part("POST", "Web/RoleDefinitions", ROLE),
    "addroleassignment-in-batch.http": part(
        "POST", "web/roleassignments/addroleassignment(principalid=4,roledefid=1073741827)"
    ),
    "recycle-list-in-batch.http": part("POST", "web/lists/getbytitle('Kit')/recycle()"),
    "batch-204-etag.http": part("POST", "web/lists/getbytitle('Kit')/items(1)", {"Title": "x"}, X_HTTP_Method="MERGE"),
}


@pytest.mark.parametrize("file", BATCHES)
def test_batch_parts_are_as_recorded(file: str) -> None:
    bench = Bench()
    make_list(bench)
    bench.read("POST", f"{LIST}/items", {"Title": "a"})
    response, parts = batch(bench, [BATCHES[file]])
    (answered,) = parts
    (recorded,) = _parts((WIRE / file).read_bytes().decode())
    assert response.status_code == INDEX[file]["status"]
    assert compare_parts(recorded, answered) == []


def compare_parts(recorded: list[str], answered: list[str]) -> list[str]:
    """What is not alike in two parts of a batch's answer: status line and media type, names of headers, body."""
    heads = [[line.partition(":")[0] for line in lines[: lines.index("", 3)]] for lines in (recorded, answered)]
    found = [] if heads[0] == heads[1] and answered[:5] == recorded[:5] else ["headers"]
    if recorded[-1].startswith("{"):
        return found + differences(json.loads(recorded[-1]), json.loads(answered[-1]))
    return found if answered[-1] == recorded[-1] else [*found, "body"]


@pytest.mark.parametrize("file", BATCHES)
def test_a_dropped_line_or_key_of_a_part_is_noticed(file: str) -> None:
    (recorded,) = _parts((WIRE / file).read_bytes().decode())
    for number in range(recorded.index("", 3)):
        if recorded[number]:
            assert compare_parts(recorded, [*recorded[:number], *recorded[number + 1 :]])
    doc = json.loads(recorded[-1]) if recorded[-1].startswith("{") else {}
    for key in doc:
        short = {name: value for name, value in doc.items() if name != key}
        assert compare_parts(recorded, [*recorded[:-1], json.dumps(short)]) == [f"$.{key}: missing"]


def test_the_rows_of_all_sites_are_as_recorded() -> None:
    """Not OData: what a view of the hidden list on the admin host renders."""
    bench = Bench()
    recycle_site(bench.lakes)
    listed = f"{ADMIN}/_api/web/lists/getbytitle('DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECOLLECTIONS')"
    response = bench.ask("POST", f"{listed}/RenderListDataAsStream", {"parameters": {"ViewXml": "<View />"}})
    (part,) = _parts((WIRE / "admin-aggregated-sites-row.http").read_bytes().decode().strip() + "\r\n")
    recorded = json.loads("\n".join(part[part.index("", 3) + 1 :]))
    answered = response.get_json()
    assert response.status_code == INDEX["admin-aggregated-sites-row.http"]["status"]
    assert f"CONTENT-TYPE: {response.headers['Content-Type']}" in part
    answered["Row"] = answered["Row"][-1:]
    assert differences(recorded, answered) == []
    for row in (recorded["Row"][0], answered["Row"][-1]):
        assert re.fullmatch(r"\{[0-9A-F-]{36}\}", row["SiteId"])
        assert re.fullmatch(r"\d+/\d+/\d{4} \d+:\d\d [AP]M", row["TimeDeleted"])
        assert re.fullmatch(r"[\d,]+", row["StorageQuota"])
        assert "%2F" in row["FileRef.urlencode"]
    del answered["Row"][0]["SiteUrl"]
    assert differences(recorded, answered) == ["$.Row[].SiteUrl: missing"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_batch_answers_keep_the_order_and_a_failure_stops_nothing(end: str) -> None:
    bench = Bench()
    parts = [
        part("GET", "web?$select=Title"),
        part("GET", "web/lists/getbytitle('None')"),
        part("POST", "web/lists", {"Title": "Kit", "BaseTemplate": 100}),
        part("GET", "web/lists/getbytitle('Kit')?$select=Title"),
    ]
    bench.emulator.usage.reset()
    response, answered = batch(bench, [text.replace("\r\n", end) for text in parts], end)
    assert [lines[3] for lines in answered] == [
        "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 201 Created", "HTTP/1.1 200 OK",
    ]  # fmt: skip
    assert json.loads(answered[3][-1]) == {"Title": "Kit"}
    assert response.status_code == 200
    assert bench.emulator.usage.report()["requests"] == len(parts)


def test_writes_in_a_changeset_are_answered_flat() -> None:
    bench = Bench()
    inner = "\r\n".join(
        line
        for title in ("One", "Two")
        for line in (
            "--changeset_b",
            "Content-Type: application/http",
            "Content-Transfer-Encoding:binary",
            "",
            part("POST", "web/lists", {"Title": title, "BaseTemplate": 100}),
            "",
        )
    )
    body = "\r\n".join(
        [
            "A preamble",
            "--batch_a",
            'Content-Type: multipart/mixed; boundary="changeset_b"',
            "",
            inner,
            "--changeset_b--",
        ]
    )
    body += "\r\n" + "\r\n".join(
        ["--batch_a", "Content-Type: application/http", "", part("GET", "web/lists"), "--batch_a--", ""]
    )
    headers = {"Content-Type": "multipart/mixed; boundary=batch_a"}
    response = bench.ask("POST", f"{LAKES}/_api/$batch", body, headers=headers)
    assert [lines[3] for lines in _parts(response.get_data(as_text=True))] == [
        "HTTP/1.1 201 Created", "HTTP/1.1 201 Created", "HTTP/1.1 200 OK",
    ]  # fmt: skip
