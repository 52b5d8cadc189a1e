"""What `--limits published` refuses, figure by figure: each test lowers the figure that stands in a row of WEATHER.md,
so that its window is full after three calls."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from sp_parent_portal.emulator import limits
from sp_parent_portal.emulator.graph import batch, references
from sp_parent_portal.emulator.sharepoint import site_designs
from sp_parent_portal.emulator.sharepoint.endpoints import scripts as script_endpoints

from ...contract.sharepoint_bench import LAKES, NOW, Bench
from .caller import Caller, Clock
from .caller import references as references_to
from .weather_list import Row, names, row_of, rows_of

FEW = 3
DAY = 86_400


class Tenant(Bench):
    """With published limits and a clock that can be moved; tokens outlive a day."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.clock.moment = NOW
        self.emulator.clock = self.clock.now
        self.emulator.usage.enforced = True
        self.person: dict[str, object] = {}
        self.set_tenant(SharingCapability=2, CoreSharingCapability=2)
        self.lakes.doc["SiteDefinedSharingCapability"] = 2
        self.lakes.store()

    def token(self, host: str, **claims: object) -> str:
        return super().token(host, **{"exp": NOW.timestamp() + 30 * DAY, **self.person, **claims})

    def graph(self, method: str, path: str, body: Any = None) -> int:
        roles = ["User.ReadWrite.All", "Mail.Send", "User.Invite.All"]
        headers = {"Authorization": f"Bearer {self.token('graph.microsoft.com', roles=roles)}"}
        answer = self.ask(method, f"https://graph.microsoft.com/v1.0{path}", body, headers=headers)
        self.said = answer
        return answer.status_code

    def sharepoint(self, method: str, path: str, body: Any = None) -> int:
        self.said = self.ask(method, f"{LAKES}/_api/{path}", body)
        return self.said.status_code


def lower(monkeypatch: pytest.MonkeyPatch, order: str, value: Any) -> None:
    """The figure at that address; in a table of tiers, every tier's."""
    doc = copy.deepcopy(limits.load_limits())
    *path, name = order.split(".")
    tables: list[Any] = [doc]
    for step in path:
        tables = list(
            itertools.chain(*((each[step] if isinstance(each[step], list) else [each[step]]) for each in tables))
        )
    assert all(name in table for table in tables)
    for table in tables:
        table[name] = value
    for module in (limits, batch, references, script_endpoints, site_designs):
        monkeypatch.setattr(module, "load_limits", lambda: doc)


def rename(tenant: Tenant) -> int:
    return tenant.graph("PATCH", "/users/m.bell@school.example", {"jobTitle": "x"})


def invite(tenant: Tenant) -> int:
    address = f"p{next(COUNTER)}@home.example"
    return tenant.graph("POST", "/invitations", {"invitedUserEmailAddress": address, "inviteRedirectUrl": LAKES})


def share(tenant: Tenant, key: str = "m.bell@school.example", **more: Any) -> int:
    picked = json.dumps([{"Key": key}])
    return tenant.sharepoint(
        "POST", "SP.Web.ShareObject", {"url": LAKES, "peoplePickerInput": picked, "roleValue": "group:4", **more}
    )


def share_by_mail(tenant: Tenant) -> int:
    return share(tenant, f"s{next(COUNTER)}@home.example", sendEmail=True)


def mail(tenant: Tenant) -> int:
    to = [{"emailAddress": {"address": "mum@home.example"}}]
    return tenant.graph(
        "POST", "/users/trips@school.example/sendMail", {"message": {"subject": "x", "toRecipients": to}}
    )


def read_as_a_person(tenant: Tenant) -> int:
    tenant.person = {"idtyp": "user", "scp": "AllSites.FullControl", "oid": "a-person", "upn": "j.okoro@school.example"}
    return tenant.sharepoint("GET", "web?$select=Title")


def read(tenant: Tenant) -> int:
    return tenant.sharepoint("GET", "web?$select=Title")


def list_users(tenant: Tenant) -> int:
    return tenant.graph("GET", "/users?$select=id")


COUNTER = itertools.count()
Call = Callable[[Tenant], int]
# What fills the window, what one call costs, how many seconds the window has.
WINDOWS: dict[str, tuple[Call, int, int]] = {
    "graph.app_units_per_10_seconds.small": (list_users, 1, 10),
    "graph.app_writes_per_150_seconds": (rename, 1, 150),
    "graph.tenant_writes_per_5_minutes": (rename, 1, 300),
    "graph.invitations_per_5_seconds_per_tenant": (invite, 1, 5),
    "sharepoint.tier.app_units_per_minute": (read, 2, 60),
    "sharepoint.tier.app_units_per_day": (read, 2, DAY),
    "sharepoint.tier.tenant_units_per_5_minutes": (read, 2, 300),
    "sharepoint.other.user_requests_per_5_minutes": (read_as_a_person, 1, 300),
    "sharepoint.other.sharing_api_calls_per_5_minutes": (share, 1, 300),
    "sharepoint.other.sharing_mails_per_hour_per_user": (share_by_mail, 1, 3600),
    "sharepoint.other.sharing_mails_per_hour_per_site": (share_by_mail, 1, 3600),
    "mail.messages_per_minute_per_mailbox": (mail, 1, 60),
    "mail.recipients_per_day_per_mailbox": (mail, 1, DAY),
    "mail.tenant_external_recipients_per_day": (mail, 1, DAY),
}


@pytest.mark.parametrize("row", rows_of("test_a_window_is_full"), ids=names)
def test_a_window_is_full(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, cost, seconds = WINDOWS[row.order]
    figure: Any = FEW * cost
    lower(monkeypatch, row.order, f"0 * licences ** 0.7 + {figure}" if "external" in row.order else figure)
    tenant = Tenant()
    assert [ask(tenant) < 300 for _ in range(FEW)] == [True] * FEW
    before = len(tenant.lakes.each("user")), _outbox(tenant)
    assert ask(tenant) == 429
    # Refused before the work: nothing of it was done.
    assert (len(tenant.lakes.each("user")), _outbox(tenant)) == before
    wait = int(tenant.said.headers["Retry-After"])
    assert seconds - 2 <= wait <= seconds + 2
    tenant.clock.sleep(wait - 3)
    assert ask(tenant) == 429
    # A refused call counts as well.
    tenant.clock.sleep(seconds + 5)
    assert ask(tenant) < 300


def _outbox(tenant: Tenant) -> int:
    return int(tenant.state.db.execute("SELECT count(*) AS n FROM outbox").fetchone()["n"])


def test_headers_warn_from_four_fifths_on(monkeypatch: pytest.MonkeyPatch) -> None:
    row = row_of("test_headers_warn_from_four_fifths_on")
    lower(monkeypatch, "sharepoint.tier.app_units_per_minute", 20)
    share_of_it = limits.load_limits()["sharepoint"]["other"][row.order.rpartition(".")[2]]
    tenant = Tenant()
    remaining = []
    for _ in range(10):
        assert read(tenant) == 200
        remaining.append(tenant.said.headers.get("RateLimit-Remaining"))
    spent = [2 * (number + 1) for number in range(10)]
    assert remaining == [str(20 - each) if each >= 20 * share_of_it else None for each in spent]
    assert tenant.said.headers["RateLimit-Limit"] == "20"
    assert 1 <= int(tenant.said.headers["RateLimit-Reset"]) <= 61
    assert read(tenant) == 429


def shares_of_the_directory(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What ten reads that cost one unit each are told of a limit of ten."""
    lower(monkeypatch, "graph.app_units_per_10_seconds.small", 10)
    tenant = Tenant()
    answers = []
    for _ in range(10):
        assert list_users(tenant) == 200
        answers.append(tenant.said.headers.get("x-ms-throttle-limit-percentage"))
    return answers


def test_the_directory_tells_its_share_above_four_fifths(monkeypatch: pytest.MonkeyPatch) -> None:
    row = row_of("test_the_directory_tells_its_share_above_four_fifths")
    assert row.how == "option"
    assert shares_of_the_directory(monkeypatch) == [None] * 8 + ["0.90", "1.00"]


@pytest.mark.parametrize("row", rows_of("test_too_many_in_one_request"), ids=names)
def test_too_many_in_one_request(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    lower(monkeypatch, row.order, FEW)
    caller = Caller()
    users, group = [caller.invite_id(f"p{n}@home.example") for n in range(FEW + 1)], caller.make_group()

    def ask(size: int) -> int:
        if row.order == "graph.batch_requests":
            requests = [{"id": str(n), "method": "GET", "url": "/users"} for n in range(size)]
            return caller.graph("POST", "/$batch", {"requests": requests}).status_code
        body = {"members@odata.bind": references_to(*users[:size])}
        return caller.graph("PATCH", f"/groups/{group}", body).status_code

    assert (ask(FEW + 1), ask(FEW) < 300) == (400, True)


@pytest.mark.parametrize("row", rows_of("test_a_site_script_is_too_long"), ids=names)
def test_a_site_script_is_too_long(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    lower(monkeypatch, row.order, FEW)
    tenant = Tenant()
    utility = "Microsoft.Sharepoint.Utilities.WebTemplateExtensions.SiteScriptUtility"
    theme = {"verb": "applyTheme", "themeName": "x"}

    def ask(size: int) -> bool:
        """Whether it was taken."""
        script = {"actions": [theme] * size}
        if row.order.endswith("_sync"):
            address = f"{LAKES}/_api/{utility}.ExecuteTemplateScript"
            return len(tenant.read("POST", address, {"script": json.dumps(script)})["value"]) == size
        made = tenant.read(
            "POST", f"{LAKES}/_api/{utility}.CreateSiteScript", {"Title": "x", "Content": json.dumps(script)}
        )
        info = {"Title": "x", "SiteScriptIds": [made["Id"]]}
        design = tenant.read("POST", f"{LAKES}/_api/{utility}.CreateSiteDesign", {"info": info})["Id"]
        asked = {"siteDesignId": design, "webUrl": LAKES}
        return tenant.ask("POST", f"{LAKES}/_api/{utility}.AddSiteDesignTask", asked).status_code == 200

    assert (ask(FEW), ask(FEW + 1)) == (True, False)


def test_every_call_takes_a_while() -> None:
    row = row_of("test_every_call_takes_a_while")
    milliseconds = int(row.order.removeprefix("--latency-ms "))
    caller = Caller(latency_ms=milliseconds)
    caller.clock.slept.clear()
    caller.batch(("GET", "/users", None), ("GET", "/groups", None))
    assert caller.clock.slept == [milliseconds / 1000]
