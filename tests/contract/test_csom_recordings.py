"""CSOM answers against recorded ones: pairs in their order, keys, types, forms of ids, dates and identities, errors."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from .comparison import differences
from .csom_bench import (
    ALL,
    PROGRESS,
    TENANT,
    WIRE,
    call,
    identity,
    looked,
    query,
    recorded_request,
    results,
    send,
    set_property,
    write,
)
from .sharepoint_bench import ADMIN, LAKES, ROOT, Bench

HEADERS = ("SPRequestGuid", "SPClientServiceRequestDuration", "X-SharePointHealthScore", "X-SP-SERVERSTATE")
LATER_BUILD = "the recording is of an older build than the one played"
BY_FILTERS = "$[6]._Child_Items_[]"


@dataclass(frozen=True)
class Case:
    """`ask` gives the answer's parts; `same` are places, as `2.IsComplete`, whose values must be equal too."""

    file: str
    ask: Callable[[Bench], Any]
    same: tuple[str, ...] = ()
    besides: dict[str, str] = field(default_factory=dict)


def load(name: str) -> list[Any]:
    parts: list[Any] = json.loads((WIRE / name).read_text(encoding="utf-8"))
    return parts


def plain(body: str) -> Callable[[Bench], Any]:
    return lambda bench: send(bench, body)


def with_site(name: str, body: str) -> Callable[[Bench], Any]:
    def ask(bench: Bench) -> Any:
        bench.make_site(name, name)
        return send(bench, body)

    return ask


CREATE = recorded_request("req-createsite-cli.xml")
CREATE_METHOD = CREATE[CREATE.index('<Method Id="5"') : CREATE.index("</ObjectPaths>")]
START = write(query(3, 5, PROGRESS), TENANT + CREATE_METHOD.replace('ParentId="3"', 'ParentId="1"'))
UPDATE = recorded_request("req-siteproperties-update.xml")
GET_TENANT = write(looked(3, 1) + query(2, 1, ALL), TENANT)
BOTH_AND_ALL = looked(4, 1) + looked(5, 3) + query(2, 3, ALL)
GET_SITE = write(BOTH_AND_ALL, TENANT + call(3, 1, "GetSiteByUrl", f"{ROOT}/sites/prov-1"))
GET_MISSING = write(looked(2, 3), TENANT + call(3, 1, "GetSitePropertiesByUrl", f"{ROOT}/sites/site4", False))
PURGE_MISSING = write("", TENANT + call(3, 1, "RemoveDeletedSite", f"{ROOT}/sites/hr"))


def polled(body: str, times: int, falses: int) -> Callable[[Bench], Any]:
    """The first answer (0), or that of a later look by its identity."""

    def ask(bench: Bench) -> Any:
        bench.state.set_fact("provisioning", {"operation_polls": falses})
        parts = send(bench, body)
        for _ in range(times):
            parts = send(bench, write(query(2, 4, PROGRESS), identity(4, _operation(parts))))
        return parts

    return ask


def _operation(parts: list[Any]) -> str:
    return next(
        str(part["_ObjectIdentity_"]) for part in parts[2::2] if part.get("_ObjectType_", "").endswith("SpoOperation")
    )


def replayed(text: str) -> str:
    """An identity as a client makes it up: another's correlation id, escapes in upper case."""
    head, _, url = text.rpartition("\n")
    url = url.replace("%3a", "%3A").replace("%2f", "%2F")
    return f"53d8499e-d0d2-5000-cb83-9ade5be42ca4|{head.partition('|')[2]}\n{url}"


def lock_site(bench: Bench) -> str:
    """The request that locks the site `lakes`."""
    get = write(query(2, 3, ALL), TENANT + call(3, 1, "GetSitePropertiesByUrl", LAKES, True))
    known = replayed(results(bench, get)[2]["_ObjectIdentity_"])
    lock = set_property(4, 1, "LockState", "ReadOnly")
    actions = f'{lock}{query(2, 3, PROGRESS)}{looked(5, 3)}<ObjectIdentityQuery Id="6" ObjectPathId="1" />'
    return write(actions, f'<Method Id="3" ParentId="1" Name="Update" />{identity(1, known)}')


def locked(times: int) -> Callable[[Bench], Any]:
    return lambda bench: polled(lock_site(bench), times, 7)(bench)


def deleted(name: str, verb: str) -> Callable[[Bench], Any]:
    body = write(query(3, 2, PROGRESS), call(2, 1, verb, f"{ROOT}/sites/{name}") + TENANT)

    def ask(bench: Bench) -> Any:
        bench.make_site(name, name)
        if verb != "RemoveSite":
            send(bench, write(query(3, 2, PROGRESS), call(2, 1, "RemoveSite", f"{ROOT}/sites/{name}") + TENANT))
        return send(bench, body)

    return ask


def properties(what: str = ALL) -> str:
    paths = TENANT + call(3, 1, "GetSitePropertiesByUrl", f"{ROOT}/sites/prov-1", True)
    return write(looked(4, 1) + looked(5, 3) + query(2, 3, what), paths)


def named(recorded: dict[str, Any]) -> str:
    """What was recorded of an older build, by name: newer ones have more properties."""
    names = "".join(f'<Property Name="{name}" ScalarProperty="true" />' for name in recorded if name[0] != "_")
    return f'Query SelectAllProperties="false"><Properties>{names}</Properties></'


def as_in(file: str) -> str:
    return f"<{named(load(file)[6])}Query>"


def with_restricted_groups(bench: Bench) -> Any:
    site = bench.make_site("prov-1", "prov-1")
    site.doc["RestrictedAccessControlGroups"] = ["b32780e9-df70-4548-a735-4e7f055415a1"]
    site.store()
    return send(bench, properties())


def while_updating(bench: Bench) -> Any:
    bench.make_site("prov-1", "prov-1")
    send(bench, recorded_request("req-siteproperties-update.xml"))
    return send(bench, properties(as_in("siteproperties-get-while-updating.json")))


def recycle_bin(bench: Bench) -> Any:
    deleted("old", "RemoveSite")(bench)
    rows = '<Query SelectAllProperties="false"><Properties /></Query>'
    rows += f"<ChildItem{named(load('deletedsites-list.json')[6]['_Child_Items_'][0])}ChildItemQuery>"
    paths = '<Constructor Id="53" TypeId="{268004ae-ef6b-4e9b-8425-127220d84719}" />'
    paths += call(55, 53, "GetDeletedSitePropertiesFromSharePoint", "0")
    return send(bench, write(looked(54, 53) + looked(56, 55) + query(57, 55, rows), paths))


def external_users(bench: Bench) -> Any:
    guest = bench.add_guest("ada@mail.example", "Ada")
    bench.emulator.state.db.execute(
        "INSERT INTO external_users (unique_id, user_id, doc) VALUES (?, ?, ?)",
        (
            "100300009BF10C95",
            guest["id"],
            json.dumps(
                {
                    "AcceptedAs": "ada@mail.example",
                    "DisplayName": "Ada",
                    "InvitedAs": "ada@mail.example",
                    "WhenCreated": "2027-05-01T09:00:00Z",
                }
            ),
        ),
    )
    request = recorded_request("req-externalusers-get.xml")
    for old, new in (('Id="109"', 'Id="159"'), ('Id="110"', 'Id="160"')):
        request = request.replace(old, new)
    return send(bench, request)


def twice(bench: Bench) -> Any:
    send(bench, START)
    return send(bench, START)


def by_filters(bench: Bench) -> Any:
    bench.make_site("older", "Older", template="GROUP#0")
    return send(bench, recorded_request("req-sites-by-filters.xml"))


def filtered(text: str) -> str:
    request = recorded_request("req-sites-by-filters.xml")
    return request.replace('Name="Filter" Type="String">', f'Name="Filter" Type="String">{text}')


ERROR = ("0.ErrorInfo.ErrorMessage", "0.ErrorInfo.ErrorCode", "0.ErrorInfo.ErrorTypeName")
PROGRESS_OF = ("2.IsComplete", "2.PollingInterval")
CASES = (
    Case("createsite-1-start.json", polled(START, 0, 9), PROGRESS_OF),
    Case("createsite-3-poll-5000.json", polled(START, 3, 9), PROGRESS_OF),
    Case("createsite-4-done.json", polled(START, 9, 9), PROGRESS_OF),
    Case("deletedsites-list.json", recycle_bin, ("6._Child_Items_.0.Status",)),
    Case("error-deletedsite-notfound.json", plain(PURGE_MISSING),
         ERROR),
    Case("error-filter-syntax.json", plain(filtered("Url like 'test'")),
         ERROR),
    Case("error-nosite.json",
         plain(GET_MISSING),
         ERROR),
    Case("error-site-exists.json", twice,
         ERROR),
    Case("error-xmlschema.json", plain(write("", '<Constructor Id="1" TypeId="" />')),
         ERROR),
    Case("externalusers-get.json", external_users, ("4.TotalUserCount", "4.UserCollectionPosition")),
    Case("removedeletedsite.json", deleted("gone", "RemoveDeletedSite"), PROGRESS_OF),
    Case("removesite.json", deleted("gone", "RemoveSite"), PROGRESS_OF),
    Case("restoredeletedsite.json", deleted("gone", "RestoreDeletedSite"), PROGRESS_OF),
    Case("siteproperties-get-commsite.json", with_site("prov-1", properties(as_in("siteproperties-get-commsite.json"))),
         ("6.SharingCapability",)),
    Case("siteproperties-get-groupsite.json", with_restricted_groups, ("6.Status",)),
    Case("siteproperties-get-while-updating.json", while_updating, ("6.Status",)),
    Case("siteproperties-update-lockstate-1-start.json", locked(0), PROGRESS_OF),
    Case("siteproperties-update-lockstate-3-done.json", locked(7), PROGRESS_OF),
    Case("siteproperties-update.json", with_site("prov-1", UPDATE), PROGRESS_OF),
    Case("sites-by-filters-page1.json", by_filters, ("6.NextStartIndex",),
         {f"{BY_FILTERS}.NewUrl: missing": LATER_BUILD, f"{BY_FILTERS}.SiteId: not recorded": LATER_BUILD}),
    Case("tenant-get-all.json", plain(GET_TENANT), ("1", "3", "4.SharingCapability")),
    Case("tenant-getsitebyurl-SP.Site.json", with_site("prov-1", GET_SITE), ("6.UpgradeReminderDate",)),
    Case("tenant-update.json", plain(recorded_request("req-tenant-set-pnpcore.xml"))),
)  # fmt: skip


def compare(recorded: list[Any], answered: list[Any]) -> list[str]:
    """Part by part: an answer is a header and pairs whose places clients count on."""
    if len(recorded) != len(answered):
        return [f"$: {len(recorded)} parts became {len(answered)}"]
    found: list[str] = []
    for place, (theirs, ours) in enumerate(zip(recorded, answered, strict=True)):
        found += differences(theirs, ours, f"$[{place}]")
        if isinstance(theirs, int) and theirs != ours:
            found.append(f"$[{place}]: {theirs} became {ours}")
    return found


def at(doc: Any, path: str) -> Any:
    for step in path.split("."):
        doc = doc[int(step)] if isinstance(doc, list) else doc[step]
    return doc


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_answers_are_as_recorded(case: Case) -> None:
    answered, recorded = case.ask(Bench()), load(case.file)
    assert set(compare(recorded, answered)) == set(case.besides)
    for path in case.same:
        assert at(answered, path) == at(recorded, path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_dropped_key_is_noticed(case: Case) -> None:
    recorded = load(case.file)
    for place, part in enumerate(recorded):
        for key in part if isinstance(part, dict) else ():
            short = copy.deepcopy(recorded)
            del short[place][key]
            assert compare(recorded, short) == [f"$[{place}].{key}: missing"]
    assert compare([*recorded, 1], recorded)


REQUESTS = {
    "req-createsite-cli.xml": [4, 6, 7, 8],
    "req-externalusers-get.xml": [109, 110],
    "req-removesite.xml": [3],
    "req-siteproperties-update.xml": [2, 6, 7],
    "req-sites-by-filters.xml": [2, 4, 5],
    "req-tenant-get.xml": [2, 3],
    "req-tenant-set-cli.xml": [],
    "req-tenant-set-pnpcore.xml": [],
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", ""])
def test_requests_of_clients_are_answered_in_the_places_they_count(name: str, content_type: str) -> None:
    bench = Bench()
    for site in ("prov-1", "removeme"):
        bench.make_site(site, site)
    response = bench.ask(
        "POST",
        f"{ADMIN}/_vti_bin/client.svc/ProcessQuery",
        recorded_request(name),
        headers={"Content-Type": content_type, "X-RequestDigest": "[object Object]"},
    )
    assert response.status_code == 200
    assert not [header for header in HEADERS if header not in response.headers]
    parts = json.loads(response.get_data(as_text=True))
    assert parts[0]["ErrorInfo"] is None
    assert parts[1::2] == REQUESTS[name]


@pytest.mark.parametrize("name", [name for name, places in REQUESTS.items() if places])
def test_an_action_that_is_dropped_from_a_request_is_noticed(name: str) -> None:
    """An answer has a place for each action, so that without one of them the places are others."""
    bench = Bench()
    for site in ("prov-1", "removeme"):
        bench.make_site(site, site)
    request = recorded_request(name)
    actions = re.findall(
        r"<ObjectPath [^>]*/>|<ObjectIdentityQuery [^>]*/>|<Query Id.*?</Query>\s*(?=<|$)", request, re.S
    )
    short = request.replace(next(each for each in actions if "ObjectPathId" in each), "", 1)
    answer = bench.ask("POST", f"{ADMIN}/_vti_bin/client.svc/ProcessQuery", short)
    assert json.loads(answer.get_data(as_text=True))[1::2] != REQUESTS[name]


def test_an_operation_is_polled_as_clients_poll_it() -> None:
    """req-poll-operation.xml, with the instant of an operation of this tenant."""
    bench = Bench()
    instant = _operation(send(bench, START)).split("\n")[3]
    request = recorded_request("req-poll-operation.xml").replace("637751565680000000", instant)
    assert results(bench, request)[188]["IsComplete"] is True
    assert bench.ask("GET", f"{ROOT}/sites/team/_api/web").status_code == 200


def test_slashes_dates_and_guids_are_written_as_recorded() -> None:
    """Compared as text: what a JSON parser forgets."""
    bench = Bench()
    bench.make_site("prov-1", "prov-1")
    answer = bench.ask("POST", f"{ADMIN}/_vti_bin/client.svc/ProcessQuery", properties()).get_data(as_text=True)
    recorded = (WIRE / "siteproperties-get-groupsite.json").read_text(encoding="utf-8")
    for text in (answer, recorded):
        assert '"Url":"https:\\u002f\\u002fco' in text or '"Url":"https:\\u002f\\u002fbe' in text
        assert '"LastContentModifiedDate":"\\/Date(20' in text
        assert '"HubSiteId":"\\/Guid(00000000-0000-0000-0000-000000000000)\\/"' in text
        assert "\\nSiteProperties\\nhttps%3a%2f%2f" in text
        assert '"AverageResourceUsage":0,' in text
    assert '"LastContentModifiedDate":"\\/Date(2027,4,1,9,0,0,0)\\/"' in answer
