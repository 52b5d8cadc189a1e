"""Names and types of what SharePoint answers, against slices of its own $metadata."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from sp_parent_portal.emulator.sharepoint.site import recorded

from .sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench

WIRE = Path(__file__).parent / "wire" / "metadata"
PYTHON = {"Boolean": (bool,), "Int32": (int,), "Int64": (int,), "Double": (int, float), "String": (str,)}
FORMS = {
    "Guid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "DateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?"),
}
# Seen in recorded answers of later builds than the slices are of.
LATER = {
    "Tenant": {"DisableListSync", "SyncAadB2BManagementPolicy", "UserVoiceForFeedbackEnabled"},
    "SiteProperties": {"LoopOverrideSharingCapability", "LoopSharingCapability"},
}


def types_of(file: str, name: str) -> dict[str, str]:
    root = ElementTree.fromstring((WIRE / file).read_bytes())
    (kind,) = [element for element in root if element.get("Name") == name]
    return {each.attrib["Name"]: each.attrib["Type"].replace("Edm.", "") for each in kind if each.tag == "Property"}


def misfits(
    types: dict[str, str], answered: dict[str, Any], later: frozenset[str] | set[str] = frozenset()
) -> list[str]:
    """What is not declared, or not of the declared type. Null fits every type."""
    return [
        name
        for name, value in answered.items()
        if name not in later and (name not in types or not _fits(types[name], value))
    ]


def _fits(kind: str, value: Any) -> bool:
    if value is None:
        return True
    if kind.startswith("Collection("):
        return isinstance(value, list) and all(_fits(kind[11:-1], each) for each in value)
    if kind in FORMS:
        return isinstance(value, str) and FORMS[kind].fullmatch(value) is not None
    if kind in PYTHON:
        return isinstance(value, PYTHON[kind]) and (kind == "Boolean" or not isinstance(value, bool))
    return isinstance(value, dict)


def tenant(bench: Bench) -> Any:
    return bench.read("GET", f"{ADMIN}/_api/SPO.Tenant")


def site(bench: Bench) -> Any:
    return bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/GetSitePropertiesByUrl", {"url": LAKES, "includeDetail": True})


def deleted_site(bench: Bench) -> Any:
    bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/RemoveSite", {"siteUrl": LAKES})
    return bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/GetDeletedSitePropertiesByUrl", {"siteUrl": LAKES})


def operation(bench: Bench) -> Any:
    return bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/RemoveSite", {"siteUrl": LAKES})


def external_user(bench: Bench) -> Any:
    bench.state.db.execute("INSERT INTO external_users (unique_id, doc) VALUES ('10033', '{}')")
    return external_users(bench)["ExternalUserCollection"][0]


def external_users(bench: Bench) -> Any:
    body = {"position": 0, "pageSize": 50, "filter": "", "sortOrder": 0}
    return bench.read("POST", f"{ADMIN}/_api/Office365Tenant/GetExternalUsers", body)


def removed(bench: Bench) -> Any:
    return bench.read("POST", f"{ADMIN}/_api/Office365Tenant/RemoveExternalUsers", {"uniqueIds": ["1"]})


def created(bench: Bench) -> Any:
    request = {"Title": "New", "Url": f"{ROOT}/sites/new", "WebTemplate": "STS#3", "Owner": OWNER}
    return bench.read("POST", f"{ROOT}/_api/SPSiteManager/create", {"request": request})


def group_site(bench: Bench) -> Any:
    return bench.read("GET", f"{ROOT}/_api/GroupSiteManager/GetSiteStatus('00000000-0000-0000-0000-000000000001')")


ANSWERS = {
    ("Tenant.xml", "Tenant"): tenant,
    ("SiteProperties.xml", "SiteProperties"): site,
    ("SiteProperties.xml", "DeletedSiteProperties"): deleted_site,
    ("SiteProperties.xml", "SpoOperation"): operation,
    ("ExternalUsers.xml", "ExternalUser"): external_user,
    ("ExternalUsers.xml", "RemoveExternalUsersResults"): removed,
    ("SiteCreation.xml", "SPSiteCreationResponse"): created,
    ("SiteCreation.xml", "GroupSiteInfo"): group_site,
}


@pytest.mark.parametrize(("file", "name"), ANSWERS)
def test_what_is_answered_is_declared_so(file: str, name: str) -> None:
    answered = ANSWERS[file, name](Bench())
    assert answered
    assert misfits(types_of(file, name), answered, LATER.get(name, set())) == []


@pytest.mark.parametrize(("file", "name"), ANSWERS)
def test_an_undeclared_name_or_type_is_noticed(file: str, name: str) -> None:
    types, answered = types_of(file, name), ANSWERS[file, name](Bench())
    for key in answered.keys() & types.keys():
        if answered[key] is not None:
            assert misfits(types, {key: object()}) == [key]
    assert misfits(types, {"Nonsense": 1}) == ["Nonsense"]


@pytest.mark.parametrize(
    ("file", "name"),
    [each for each in ANSWERS if each[1] in recorded("property_types")],
)
def test_the_types_that_values_are_read_by_are_the_declared_ones(file: str, name: str) -> None:
    declared = types_of(file, name)
    assert {key: declared.get(key) for key in recorded("property_types")[name]} == recorded("property_types")[name]
