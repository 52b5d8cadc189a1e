"""Site scripts as strangers write them: each is checked, applied, or refused with its place and a reason. No crash.

Public samples were tried by hand; what is kept here are their shapes, made anew: every published verb, with the
parameters that Microsoft's schema allows and with those that people give it all the same.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.sharepoint.birth import create_site
from sp_parent_portal.errors import GatewayError
from sp_parent_portal.microsoft365 import connect
from sp_parent_portal.resources.site_scripting import SCRIPT_ACTIONS
from sp_parent_portal.settings import emulator_settings
from sp_parent_portal.site_script_verbs import ACTIONS, SUBACTIONS
from sp_parent_portal.site_scripts import REFUSED, REFUSED_IN_LISTS, check_actions, load_script
from tests.unit.test_site_scripts import SAMPLES, SUBSAMPLES

Json = dict[str, Any]
EMULATOR = open_emulator(":memory:")
GATEWAY = connect(emulator_settings(), app=EMULATOR)
NUMBERS = itertools.count()

WORDS = st.sampled_from(
    [
        "",
        "Plans",
        "plans",
        "Plän & \u202e",
        "a/b",
        "x" * 300,
        "{parameters.group_id}",
        "{{ inputs.x }}",
        "<b>",
        "'",
        "\x00",
    ]
)
GUIDS = st.uuids().map(str) | st.just("{not-a-guid}")
XMLS = st.sampled_from(
    [
        "<Field/>",
        "<Field Type='Text' Name='A' DisplayName='A' ID='{5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b09}'/>",
        "<Field Type='Lookup' Name='A' DisplayName='A' List='Lists/x'/>",
        "<Field",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><Field/>",
        "<View/>",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.floats(allow_nan=False) | WORDS | GUIDS | XMLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def spoilt(samples: tuple[Json, ...]) -> st.SearchStrategy[Json]:
    """A sample as it is, or with keys left out, added, in another case, or with other values."""

    def spoil(sample: Json, leave_out: bool, key: int, value: object, how: str) -> Json:
        names = sorted(sample)
        name = names[key % len(names)]
        if how == "as it is":
            return dict(sample)
        if how == "case":
            return {(each.lower() if each != "verb" else each): sample[each] for each in names}
        if how == "verb case":
            return {**sample, "verb": str(sample["verb"])[:1].upper() + str(sample["verb"])[1:]}
        if leave_out and name != "verb":
            return {each: sample[each] for each in names if each != name}
        return {**sample, (name if how == "value" else "addNavLink"): value}

    hows = st.sampled_from(["as it is", "as it is", "case", "verb case", "value", "another key"])
    return st.builds(spoil, st.sampled_from(samples), st.booleans(), st.integers(0, 9), ANYTHING, hows)


LISTS = st.builds(
    lambda name, template, subactions: {
        "verb": "createSPList",
        "listName": name,
        "templateType": template,
        "subactions": subactions,
    },
    st.sampled_from(["Plans", "Other plans", "Plan 3", ""]),
    st.sampled_from([100, 101, 106, 171, "100", 100.0]),
    st.lists(spoilt(SUBSAMPLES), max_size=6) | ANYTHING,
)
SCRIPTS = st.lists(spoilt(SAMPLES) | LISTS | ANYTHING, max_size=6)
GOOD = tuple(each for each in SAMPLES if each["verb"] in ACTIONS and each["verb"] != "createSPList")
GOOD_LISTS = st.builds(
    lambda name, subactions: {
        "verb": "createSPList",
        "listName": name,
        "templateType": 100,
        "subactions": [
            each for n, each in enumerate(subactions) if each["verb"] not in [s["verb"] for s in subactions[:n]]
        ],
    },
    st.sampled_from(["Plans", "Other plans"]),
    st.lists(st.sampled_from([each for each in SUBSAMPLES if each["verb"] in SUBACTIONS]), max_size=9),
)


def run(actions: list[Json]) -> None:
    """On a site of its own, in parts, as the product sends them. A service's refusal is an answer; anything else is a
    crash."""
    url = f"https://contoso.sharepoint.com/sites/s{next(NUMBERS)}"
    create_site(EMULATOR, url, "S", "j.okoro@school.example")
    for action in actions:
        subactions = action.get("subactions", [])
        assert 1 + len(subactions) <= SCRIPT_ACTIONS
        try:
            rows = GATEWAY.sharepoint.run_site_script(url, [action])
        except GatewayError:
            continue
        assert rows
        assert all(row.ok or row.text or row.code for row in rows)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCRIPTS)
@example([{"verb": "createSPList", "listName": "Plans", "templateType": 100, "subactions": {"verb": "setTitle"}}])
@example([{"verb": "addNavLink", "displayName": "x", "url": "{parameters.site_url}", "isWebRelative": True}])
@example([{"verb": ["setDescription"]}])
def test_whatever_a_stranger_writes_is_applied_or_refused_with_its_place(script: list[Any]) -> None:
    problems = check_actions(script, "site-script.json", {})
    for problem in problems:
        assert re.match(r"actions\[\d+\](\.subactions\[\d+\])?( \(.*\))?: \S", problem.message, re.DOTALL), (
            problem.message
        )
        assert problem.rule
    if not problems:
        run(script)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(GOOD), max_size=4, unique_by=lambda each: each["verb"]), GOOD_LISTS)
def test_what_is_let_through_runs(actions: list[Json], of_lists: Json) -> None:
    script = [*actions, of_lists]
    assert [p for p in check_actions(script, "f", {}) if p.rule not in ("same-column", "unknown-column")] == []
    run(script)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | SCRIPTS.map(lambda s: json.dumps(s).encode()))
def test_whatever_lies_in_the_file_has_an_answer(data: bytes) -> None:
    path = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path()
    file = path / f"script-{next(NUMBERS)}.json"
    file.write_bytes(data)
    try:
        actions, problems = load_script(file)
    finally:
        file.unlink()
    assert problems or all(isinstance(each, Mapping) for each in actions)


# ---- the table of verbs ----------------------------------------------------------------------------------------------

ROW = re.compile(r"^\| `(\w+)` \| (site|list) \| (.+) \|$", re.MULTILINE)


def table() -> dict[tuple[str, str], str]:
    text = (Path(__file__).resolve().parents[2] / "site_templates" / "README.md").read_text(encoding="utf-8")
    return {(verb, of): told for verb, of, told in ROW.findall(text.partition("## Every verb")[2])}


def test_the_table_names_every_published_verb_and_what_happens_to_it() -> None:
    done = {(verb, "site") for verb in ACTIONS} | {(verb, "list") for verb in SUBACTIONS}
    refused = {(verb, "site"): why for verb, why in REFUSED.items()}
    refused |= {(verb, "list"): why for verb, why in REFUSED_IN_LISTS.items()}
    told = table()
    assert told.keys() == done | refused.keys()
    assert {key: f"refused: {why}" for key, why in refused.items()}.items() <= told.items()
    assert not any(told[key].startswith("refused") for key in done)


@pytest.mark.parametrize("sample", [*SAMPLES, *SUBSAMPLES], ids=lambda sample: str(sample["verb"]))
def test_each_verb_meets_what_the_table_says(sample: Json) -> None:
    of = "site" if sample in SAMPLES else "list"
    action = (
        sample
        if of == "site"
        else {"verb": "createSPList", "listName": "P", "templateType": 100, "subactions": [sample]}
    )
    rules = {problem.rule for problem in check_actions([action], "f", {})}
    assert ("verb-refused" in rules) is table()[sample["verb"], of].startswith("refused")
