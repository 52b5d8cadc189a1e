"""One mail to each guardian and trip: when it is sent, when it was, and when nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sp_parent_portal.microsoft365.model import Mail
from sp_parent_portal.plan.model import Change, Risk
from sp_parent_portal.resources import notice
from sp_parent_portal.runs.model import Outcome, Status, Step
from tests.unit.resources.wishes import make_desired

EMAIL = "a@mail.example"
KEY = f"{EMAIL} about lake"


def step(status: Status, receipt: str = "") -> Step:
    change = Change("send", "notice", KEY, (), "", Risk.ROUTINE, "lake")
    return Step(1, "run", Outcome(change, status), receipt, datetime(2027, 5, 1, tzinfo=UTC))


DRAFT = Mail("m1", notice.make_key("lake", EMAIL), EMAIL, is_draft=True)
SENT = Mail("m1", notice.make_key("lake", EMAIL), EMAIL, is_draft=False)


@pytest.mark.parametrize(
    ("mail", "remembered", "verdict"),
    [
        (None, None, "send"),
        (None, step(Status.INTENDED), "send"),  # cut off before the send: nothing can have gone out
        (None, step(Status.FAILED), "send"),
        (None, step(Status.HELD), "send"),
        (None, step(Status.UNKNOWN), "send"),  # only the making of the draft was lost
        (None, step(Status.INTENDED, "sending m1"), "held"),  # cut off around the send, and no trace of it
        (None, step(Status.UNKNOWN, "sending m1"), "held"),
        (None, step(Status.DONE, "sending m1"), "nothing"),  # somebody tidied the sent mail away
        (DRAFT, None, "send"),
        (DRAFT, step(Status.INTENDED, "sending m1"), "send"),  # still a draft: it was not sent
        (DRAFT, step(Status.DONE, "sending m1"), "nothing"),  # accepted, and Drafts still show it
        (SENT, None, "nothing"),
        (SENT, step(Status.UNKNOWN, "sending m1"), "nothing"),
        (SENT, step(Status.FAILED), "nothing"),
    ],
)
def test_standing(mail: Mail | None, remembered: Step | None, verdict: str) -> None:
    observed = notice.Observed({mail.key: mail} if mail else {}, steps={KEY: remembered} if remembered else {})
    changes, held = notice.diff(make_desired([EMAIL]), observed, {})
    assert ("send" if changes else "held" if held else "nothing") == verdict


def test_a_mailbox_that_cannot_be_read_holds_every_notice() -> None:
    changes, held = notice.diff(make_desired([EMAIL]), notice.Observed(None, "403"), {})
    assert changes == ()
    assert [(each.subject, "UNKNOWN" in each.reason) for each in held] == [("notices", True)]


def test_keys_tell_trips_and_people_apart() -> None:
    keys = {notice.make_key(slug, email) for slug in ("a", "b") for email in ("x@m.example", "y@m.example")}
    assert len(keys) == 4
