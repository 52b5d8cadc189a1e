from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.microsoft365.patience import Patience, asked_wait, wait_for_room

NOW = datetime(2027, 5, 10, 12, 0, 0, tzinfo=UTC)
IN_A_MINUTE = "Mon, 10 May 2027 12:01:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 2.128 "}, 2.128),  # Graph documents fractions
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": IN_A_MINUTE}, 60.0),
        ({"retry-after": "Mon, 10 May 2027 11:59:00 GMT"}, 0.0),
        # Our clock is an hour behind the service's: its own Date decides.
        ({"retry-after": "Mon, 10 May 2027 13:00:30 GMT", "date": "Mon, 10 May 2027 13:00:00 GMT"}, 30.0),
        ({"retry-after": "10", "ratelimit-reset": "31"}, 31.0),
        ({"retry-after": "31", "ratelimit-reset": "10"}, 31.0),
        ({"ratelimit-reset": "5"}, 5.0),
        ({"retry-after": "soon", "ratelimit-reset": "5"}, 5.0),
    ],
)
def test_the_service_says_how_long(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, lambda: NOW) == seconds


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_it_or_makes_it_go_back_in_time(after: str, reset: str, date: str) -> None:
    seconds = asked_wait({"retry-after": after, "ratelimit-reset": reset, "date": date}, lambda: NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(-(10**7), 10**7))
def test_a_date_and_its_distance_are_the_same_wait(seconds: int) -> None:
    until = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert asked_wait({"retry-after": until}, lambda: NOW) == max(0, seconds)


chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 40), chances)
def test_backing_off_grows_to_its_ceiling_and_never_to_nothing(attempt: int, chance: float) -> None:
    patience = Patience()
    assert 0.5 <= patience.backoff(attempt, chance) <= patience.widest_backoff
    assert patience.backoff(attempt + 1, chance) >= patience.backoff(attempt, chance)


@given(st.floats(0, 1000), chances)
def test_spreading_never_waits_less_than_was_asked(asked: float, chance: float) -> None:
    assert asked <= Patience().spread(asked, chance) <= asked + 1.0


@pytest.mark.parametrize(
    ("limit", "left", "reset", "seconds"),
    [
        ("1250", "300", "60", 0.0),
        ("1250", "124", "31", 31.0),
        ("1250", "0", "1", 1.0),
        ("1250", "125", "60", 0.0),
        ("", "0", "60", 0.0),
        ("1250", "", "60", 0.0),
        ("1250", "0", "soon", 0.0),
        ("1250", "-3", "60", 0.0),
    ],
)
def test_waiting_for_room_before_anything_is_refused(limit: str, left: str, reset: str, seconds: float) -> None:
    headers = {"ratelimit-limit": limit, "ratelimit-remaining": left, "ratelimit-reset": reset}
    assert wait_for_room(headers) == seconds
