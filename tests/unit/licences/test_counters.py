"""Counting: three counters, and null for whatever could not be read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import AccessDenied, GatewayError, Throttled
from sp_parent_portal.licences.counters import count, start_of_month
from sp_parent_portal.microsoft365.model import DirectoryUser, ExternalUser
from tests.unit.audit.tenant import Facts, fake_gateway

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 2)  # noqa: DTZ001 - hypothesis wants bounds without a zone


def guest(number: int, state: str = "redeemed", seen: datetime | None = None) -> DirectoryUser:
    address = f"g{number}@home.example"
    return DirectoryUser(f"id{number}", address, "", address, kind="guest", state=state, last_sign_in_at=seen)


def external(number: int) -> ExternalUser:
    return ExternalUser(f"key{number}", "", f"g{number}@home.example", f"g{number}@home.example")


def tenant() -> Facts:
    guests = [
        guest(1, seen=datetime(2026, 11, 1, tzinfo=UTC)),
        guest(2, seen=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)),
        guest(3, "pending"),
        guest(4, ""),
    ]
    return Facts(users=guests, external=[external(1), external(2), external(2)])


def test_everything_that_can_be_read() -> None:
    data = count(fake_gateway(tenant()), 10_000, NOW).as_data()
    assert data["external_users"] == {
        "consumed": 2,
        "budget": 10_000,
        "source": "SharePoint external users",
        "complete": True,
    }
    assert data["guests"] == {"total": 4, "redeemed": 2, "pending": 1, "active_this_month": 1}
    assert data["directory"] == {"objects": 120, "quota": 50_000}
    assert data["unread"] == []


def test_an_empty_tenant_counts_nothing_and_is_sure_of_it() -> None:
    licences = count(fake_gateway(Facts()), 5, NOW)
    assert (licences.consumed, licences.complete, licences.guests, licences.active_this_month) == (0, True, 0, 0)


def test_without_sign_in_data_only_the_active_ones_are_unknown() -> None:
    facts = tenant()
    facts.broken["list_guests with sign-ins"] = AccessDenied("no premium licence")
    licences = count(fake_gateway(facts), 5, NOW)
    assert (licences.guests, licences.redeemed, licences.pending) == (4, 2, 1)
    assert licences.active_this_month is None
    assert licences.unread == (("guests active this month", "AccessDenied: no premium licence"),)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_list_of_external_users_that_breaks_off_is_not_complete(rows: int) -> None:
    facts = tenant()
    facts.broken[f"after {rows} list_external_users"] = Throttled("busy")
    licences = count(fake_gateway(facts), 5, NOW)
    assert not licences.complete
    assert licences.consumed == {0: None, 1: 1, 3: 2}[rows]


@pytest.mark.parametrize("rows", range(5))
def test_a_list_of_guests_that_breaks_off_counts_nobody(rows: int) -> None:
    facts = tenant()
    facts.broken[f"after {rows} list_guests with sign-ins"] = Throttled("busy")
    licences = count(fake_gateway(facts), 5, NOW)
    assert licences.as_data()["guests"] == dict.fromkeys(("total", "redeemed", "pending", "active_this_month"))
    assert licences.unread == (("guests", "Throttled: busy"),)


def test_guests_that_break_off_on_the_second_reading_count_nobody() -> None:
    facts = tenant()
    facts.broken["list_guests with sign-ins"] = AccessDenied("no premium licence")
    facts.broken["after 2 list_guests"] = Throttled("busy")
    licences = count(fake_gateway(facts), 5, NOW)
    assert (licences.guests, licences.redeemed, licences.pending, licences.active_this_month) == (None,) * 4


@pytest.mark.parametrize("error", [AccessDenied("no"), Throttled("busy")])
def test_a_directory_that_does_not_answer_is_null(error: GatewayError) -> None:
    facts = tenant()
    facts.broken["get_organization"] = error
    assert count(fake_gateway(facts), 5, NOW).as_data()["directory"] == {"objects": None, "quota": None}


def test_a_tenant_that_does_not_tell_its_quota_is_null() -> None:
    facts = tenant()
    facts.organization = replace(facts.organization, directory_quota=None)
    assert count(fake_gateway(facts), 5, NOW).as_data()["directory"] == {"objects": 120, "quota": None}


def test_the_answer_is_json() -> None:
    licences = count(fake_gateway(tenant()), 5, NOW)
    assert json.loads(json.dumps(licences.as_data())) == licences.as_data()


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 2, 28, 23, 30, tzinfo=timezone(timedelta(hours=-1))), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_midnight_utc(now: datetime, month: datetime) -> None:
    assert start_of_month(now) == month


@given(st.datetimes(EARLIEST, timezones=st.timezones()))
def test_a_moment_lies_in_its_own_month(now: datetime) -> None:
    month = start_of_month(now)
    assert month <= now < month + timedelta(days=32)
    assert (month.day, month.utcoffset()) == (1, timedelta(0))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        start_of_month(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake that is tested
