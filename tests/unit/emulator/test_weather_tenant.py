"""The tenant is slow or moody as WEATHER.md says: each test takes its order from the table's row."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.school_directory import open_directory, write_seed

from ...contract.csom_bench import ALL, PROGRESS, TENANT, call, identity, query, results, write
from ...contract.sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench
from .caller import Caller, code_of, json_of, references
from .test_entra import code, sign
from .weather_list import Row, row_of

NEW = f"{ROOT}/sites/new"


def change(caller: Caller, row: Row) -> None:
    """As somebody does while the emulator runs."""
    answer = caller.ask("POST", "weather", row.settings)
    assert answer.status_code == 200
    assert json_of(answer)["weather"] == row.settings


def bench_in(row: Row) -> Bench:
    bench = Bench()
    change(Caller(bench.emulator), row)
    return bench


def create(bench: Bench) -> int:
    wanted = {"Title": "New", "Url": NEW, "WebTemplate": "STS#3", "Owner": OWNER}
    return int(bench.read("POST", f"{ROOT}/_api/SPSiteManager/Create", {"request": wanted})["SiteStatus"])


def test_the_directory_lags(caller: Caller) -> None:
    row = row_of("test_the_directory_lags")
    change(caller, row)
    user, group = caller.invite_id("mum@home.example"), caller.make_group()
    reads = row.settings["lag"] + 1
    for path in (f"/users/{user}", f"/groups/{group}"):
        assert [caller.graph("GET", path).status_code for _ in range(reads)] == [404] * (reads - 1) + [200]
    (reference,) = references(user)
    assert caller.graph("POST", f"/groups/{group}/members/$ref", {"@odata.id": reference}).status_code == 204
    assert [len(caller.get(f"/groups/{group}/members")["value"]) for _ in range(reads)] == [0] * (reads - 1) + [1]


def test_a_new_group_does_not_resolve_at_first() -> None:
    row = row_of("test_a_new_group_does_not_resolve_at_first")
    bench = bench_in(row)
    tries = row.settings["ensure_user_lag"]
    for number, address in enumerate(("web/ensureuser", "web/associatedvisitorgroup/users")):
        claim = bench.add_group(f"0f0e0d0c-0000-4000-8000-00000000000{number}", f"Trip {number}")
        body = {"logonName": claim, "LoginName": claim}
        statuses = [bench.ask("POST", f"{LAKES}/_api/{address}", body).status_code for _ in range(tries + 1)]
        assert [status < 300 for status in statuses] == [False] * tries + [True]


def test_a_site_takes_looks_until_it_is_there() -> None:
    row = row_of("test_a_site_takes_looks_until_it_is_there")
    bench, polls = bench_in(row), row.settings["provisioning"]["status_polls"]
    assert create(bench) == 1
    looks = [bench.read("GET", f"{ROOT}/_api/SPSiteManager/status?url='{NEW}'")["SiteStatus"] for _ in range(polls + 1)]
    assert looks == [1] * polls + [2]


def test_a_site_takes_looks_until_it_is_complete() -> None:
    row = row_of("test_a_site_takes_looks_until_it_is_complete")
    bench, polls = bench_in(row), row.settings["provisioning"]["complete_polls"]
    assert create(bench) == 2
    address = f"{NEW}/_api/web?$select=IsProvisioningComplete"
    looks = [bench.read("GET", address)["IsProvisioningComplete"] for _ in range(polls + 1)]
    assert looks == [False] * polls + [True]


def test_an_operation_is_polled() -> None:
    row = row_of("test_an_operation_is_polled")
    bench, polls = bench_in(row), row.settings["provisioning"]["operation_polls"]
    wanted = "".join(
        f'<Property Name="{name}" Type="String">{value}</Property>'
        for name, value in (("Url", NEW), ("Owner", OWNER), ("Title", "New"), ("Template", "STS#3"))
    )
    create = '<Method Id="5" ParentId="1" Name="CreateSite"><Parameters>'
    create += f'<Parameter TypeId="{{11f84fff-b8cf-47b6-8b50-34e692656606}}">{wanted}</Parameter></Parameters></Method>'
    answer: dict[str, Any] = results(bench, write(query(3, 5, PROGRESS), TENANT + create))[3]
    looks, intervals = [answer["IsComplete"]], [answer["PollingInterval"]]
    while not looks[-1]:
        answer = results(bench, write(query(2, 4, PROGRESS), identity(4, answer["_ObjectIdentity_"])))[2]
        looks.append(answer["IsComplete"])
        intervals.append(answer["PollingInterval"])
    assert looks == [False] * polls + [True]
    assert (intervals[0], intervals[-1]) == (15000, 5000)


def archiving_bench(row: Row) -> Bench:
    bench = bench_in(row)
    answer = bench.ask("MERGE", f"{ADMIN}/_api/SPO.Tenant", {"EnableSiteArchive": True})
    assert answer.status_code == 204
    return bench


def ask_tenant(bench: Bench, name: str) -> Any:
    return results(bench, write(query(3, 2, ALL), TENANT + call(2, 1, name, LAKES)))[3]


def archive_status(bench: Bench) -> str:
    return str(bench.read("POST", f"{ADMIN}/_api/SPO.Tenant/GetSitePropertiesByUrl", {"url": LAKES})["ArchiveStatus"])


def test_an_archive_is_polled() -> None:
    row = row_of("test_an_archive_is_polled")
    bench, polls = archiving_bench(row), row.settings["archive"]["operation_polls"]
    answer = ask_tenant(bench, "ArchiveSiteByUrl")
    looks = [(answer["IsComplete"], archive_status(bench))]
    while not looks[-1][0]:
        answer = results(bench, write(query(2, 4, PROGRESS), identity(4, answer["_ObjectIdentity_"])))[2]
        looks.append((answer["IsComplete"], archive_status(bench)))
    assert looks == [(False, "NotArchived")] * polls + [(True, "RecentlyArchived")]


def test_an_archived_site_is_fully_archived_at_once() -> None:
    bench = archiving_bench(row_of("test_an_archived_site_is_fully_archived_at_once"))
    ask_tenant(bench, "ArchiveSiteByUrl")
    assert archive_status(bench) == "FullyArchived"


def test_a_fully_archived_site_takes_looks_until_it_is_back() -> None:
    row = row_of("test_a_fully_archived_site_takes_looks_until_it_is_back")
    bench, polls = archiving_bench(row), row.settings["archive"]["reactivation_polls"]
    ask_tenant(bench, "ArchiveSiteByUrl")
    ask_tenant(bench, "UnarchiveSiteByUrl")
    looks = [archive_status(bench) for _ in range(polls + 1)]
    assert looks == ["Reactivating"] * polls + ["NotArchived"]


def test_the_site_of_a_group_comes_later(caller: Caller) -> None:
    row = row_of("test_the_site_of_a_group_comes_later")
    change(caller, row)
    unified = {"displayName": "Lake", "mailNickname": "lake", "mailEnabled": True, "securityEnabled": False,
               "groupTypes": ["Unified"]}  # fmt: skip
    group = json_of(caller.graph("POST", "/groups", unified))["id"]
    polls = row.settings["provisioning"]["group_site_polls"]
    looks = [caller.graph("GET", f"/groups/{group}/sites/root/webUrl").status_code for _ in range(polls + 1)]
    assert looks == [404] * polls + [200]


# ---- invitations


def test_invitations_are_blocked(caller: Caller) -> None:
    row = row_of("test_invitations_are_blocked")
    change(caller, row)
    most = row.settings["invitations_blocked_after"]
    answers = [caller.invite(f"p{n}@home.example") for n in range(most + 2)]
    assert [answer.status_code for answer in answers] == [201] * most + [403] * 2
    error = json_of(answers[-1])["error"]
    assert (error["code"], "suspicious activity" in error["message"]) == ("Forbidden", True)
    assert error["innerError"]["request-id"] == answers[-1].headers["request-id"]


def test_invitations_are_blocked_past_a_rate(caller: Caller) -> None:
    row = row_of("test_invitations_are_blocked_past_a_rate")
    change(caller, row)
    rate = row.settings["invitations_blocked_past"]
    for number in range(rate["invitations"] * 3):
        assert caller.invite(f"slow{number}@home.example").status_code == 201
        caller.clock.sleep(rate["seconds"] / rate["invitations"] + 1)
    statuses = [caller.invite(f"fast{n}@home.example").status_code for n in range(rate["invitations"] + 1)]
    assert statuses[0] == 201
    assert statuses[-1] == 403
    caller.clock.sleep(86_400)
    caller.sign_in()
    assert caller.invite("late@home.example").status_code == 403
    assert caller.graph("GET", "/users").status_code == 200


# ---- clocks and tokens


def test_tokens_expire(caller: Caller) -> None:
    row = row_of("test_tokens_expire")
    change(caller, row)
    seconds = row.settings["token_seconds"]
    assert json_of(caller.sign_in())["expires_in"] == seconds
    assert caller.graph("GET", "/users").status_code == 200
    caller.clock.sleep(seconds + 1)
    assert code_of(caller.graph("GET", "/users")) == (401, "InvalidAuthenticationToken")
    caller.sign_in()
    assert caller.graph("GET", "/users").status_code == 200


@pytest.mark.parametrize("direction", [1, -1])
def test_the_clock_is_off(caller: Caller, direction: int) -> None:
    row = row_of("test_the_clock_is_off")
    skew = direction * row.settings["clock_skew_seconds"]
    assertion = {"client_secret": "", "client_assertion": sign(), "client_assertion_type": "jwt-bearer"}
    assert caller.ask_token(**assertion).status_code == 200
    caller.ask("POST", "weather", {"clock_skew_seconds": skew})
    answer = caller.sign_in()
    served = parsedate_to_datetime(answer.headers["Date"])
    assert (served - caller.clock.now()).total_seconds() == skew
    assert caller.graph("GET", "/users").status_code == 200
    assert code(caller.ask_token(**assertion))[2] == 700024
    caller.ask("POST", "weather", {"clock_skew_seconds": None})
    assert caller.ask_token(**assertion).status_code == 200


def test_a_person_signs_in_late(caller: Caller) -> None:
    row = row_of("test_a_person_signs_in_late")
    change(caller, row)
    play = row.settings["device_code"]
    begun = json_of(caller.ask_token(path="devicecode", scope="https://graph.microsoft.com/.default"))
    assert begun["interval"] == play["interval"]
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"]}
    polls = [caller.ask_token(**grant).status_code for _ in range(play["pending"] + 1)]
    assert polls == [400] * play["pending"] + [200]


def test_a_list_of_students_keeps_contacts_back(tmp_path: Path) -> None:
    row = row_of("test_a_list_of_students_keeps_contacts_back")
    caller = Caller(open_directory(write_seed(tmp_path / "seed")))
    path = "/education/users?$filter=primaryRole eq 'student'&$select=id,relatedContacts"
    before = [len(student["relatedContacts"]) for student in caller.get(path)["value"]]
    change(caller, row)
    after = [len(student["relatedContacts"]) for student in caller.get(path)["value"]]
    assert sum(before) > sum(after) == 0
