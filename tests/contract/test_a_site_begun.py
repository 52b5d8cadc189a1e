"""A site that SharePoint has begun stays known as the trip's, whatever befalls the run while it waits for the site."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stage import GUARDIANS, Stage, not_done

CREATE, LOOK = "POST /_api/SPSiteManager/Create", "POST /_vti_bin/client.svc/ProcessQuery"
STATUS = "GET /_api/SPSiteManager/status"


@pytest.mark.parametrize(
    "script",
    [
        [{"on": LOOK, "nth": 2, "times": 1, "reply": 403}],
        [{"on": LOOK, "nth": 3, "times": 1, "reply": 403}],
        [{"on": LOOK, "nth": 2, "times": 1, "reply": 200, "body": []}],
        [{"on": CREATE, "nth": 1, "times": 1, "reply": 200, "body": {}, "after_work": True}],
        [
            {"on": CREATE, "nth": 1, "times": 1, "drop": True, "after_work": True},
            {"on": STATUS, "nth": 2, "times": 1, "reply": 403},
        ],
    ],
    ids=["first look refused", "second look refused", "no answer in it", "created without a word", "status refused"],
)
def test_the_next_run_goes_on_with_it(stage: Stage, script: list[dict[str, Any]]) -> None:
    stage.faults(*script)
    outcomes = stage.apply()
    if not_done(outcomes):
        assert {o.status.value for o in outcomes if o.change.kind == "site"} == {"unknown"}
        assert stage.mails() == []
    stage.faults()
    stage.restart()
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
