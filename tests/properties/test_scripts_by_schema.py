"""Site scripts made of what the verbs' schemas allow, each parameter given or left out, with values that fit their
types and often nothing else: each is refused with file and index, or taken, and what is taken runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from sp_parent_portal.site_script_verbs import ACTIONS, SUBACTIONS
from sp_parent_portal.site_scripts import REFUSED, REFUSED_IN_LISTS, check_actions
from tests.properties.test_scripts_of_strangers import ANYTHING, GUIDS, WORDS, XMLS, Json, run

FIELDS = st.sampled_from(
    [
        f"<Field ID='{{5f0c3c4e-6a2d-4d0a-9c52-6d1f2f3a7b0{n}}}' Type='{kind}' Name='F{n}' DisplayName='F {n}'/>"
        for n, kind in enumerate(("Text", "Note", "Number", "DateTime", "Boolean", "User", "URL"))
    ]
)
ADDRESSES = st.sampled_from(
    ["https://x.example/a?b=c#d", "/Lists/Plans", "/sites/other", "", "Lists/Plans", "http://x"]
)
STRINGS = WORDS | GUIDS | XMLS | FIELDS | ADDRESSES | st.sampled_from(["Title", "Plans", "F1", "<OrderBy/>", "A b"])
Schema = Mapping[str, Any]


def values(schema: Schema, known: Schema) -> st.SearchStrategy[Any]:
    """Whatever a JSON schema allows, as far as our models use its words."""
    if "$ref" in schema:
        return values(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:
        return st.one_of([values(each, known) for each in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    kind = schema.get("type")
    if kind == "integer":
        least = schema.get("minimum", -3)
        return st.sampled_from([100, 101, 106, 171]).filter(lambda n: n >= least) | st.integers(least, 70_000)
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        return st.lists(values(schema.get("items", {}), known), max_size=3)
    if kind == "string":
        return STRINGS
    if "properties" in schema:
        return objects(schema, known)
    return st.dictionaries(WORDS, ANYTHING, max_size=2) if kind == "object" else ANYTHING


def objects(schema: Schema, known: Schema) -> st.SearchStrategy[Json]:
    needed = set(schema.get("required", ()))
    each = {name: values(inner, known) for name, inner in schema["properties"].items() if name != "subactions"}
    return st.fixed_dictionaries(
        {name: made for name, made in each.items() if name in needed},
        optional={name: made for name, made in each.items() if name not in needed},
    )


def by_schema(models: Mapping[str, type[BaseModel]]) -> st.SearchStrategy[Json]:
    schemas = {verb: model.model_json_schema() for verb, model in models.items()}
    return st.sampled_from(sorted(schemas)).flatmap(
        lambda verb: objects(schemas[verb], schemas[verb].get("$defs", {})).map(lambda made: {**made, "verb": verb})
    )


def refused(verbs: Mapping[str, str]) -> st.SearchStrategy[Json]:
    """What Microsoft publishes and we do not take, with anything beside it."""
    return st.builds(
        lambda verb, more: {**more, "verb": verb},
        st.sampled_from(sorted(verbs)),
        st.dictionaries(WORDS, ANYTHING, max_size=3),
    )


INNER = st.lists(by_schema(SUBACTIONS) | refused(REFUSED_IN_LISTS), max_size=4)
LISTS = st.builds(
    lambda made, inner: {**made, "listName": "Plans", "templateType": 100, "subactions": inner},
    by_schema({"createSPList": ACTIONS["createSPList"]}),
    INNER,
)
PLACE = re.compile(r"actions\[(\d+)\](?:\.subactions\[(\d+)\])?( \(.*\))?: \S", re.DOTALL)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(by_schema(ACTIONS) | LISTS | refused(REFUSED), min_size=1, max_size=4))
def test_what_the_schema_allows_is_taken_and_runs_or_is_refused_with_its_place(script: list[Json]) -> None:
    problems = check_actions(script, "site-script.json", {})
    for problem in problems:
        found = PLACE.match(problem.message)
        assert found, problem.message
        assert problem.file == "site-script.json"
        action = script[int(found[1])]
        assert found[2] is None or int(found[2]) < len(action["subactions"])
    named = [each["verb"] for action in script for each in (action, *action.get("subactions", ()))]
    told = sum(problem.rule == "verb-refused" for problem in problems)
    assert told == sum(verb in REFUSED or verb in REFUSED_IN_LISTS for verb in named)
    if not problems:
        run(script)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    st.sampled_from(sorted(ACTIONS))
    .flatmap(lambda verb: by_schema({verb: ACTIONS[verb]}))
    .filter(lambda each: not check_actions([each], "f", {}))
)
def test_what_is_taken_of_it_runs(action: Json) -> None:
    run([action])
