"""What became of a part of a site since we wrote it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.resources.drift import (
    Drift,
    Memory,
    Part,
    Remembered,
    adopt,
    fingerprint,
    foresee,
    judge,
    judge_part,
    keep,
)
from sp_parent_portal.resources.marker import read_memory, write_memory

OURS = Remembered("w", "s")

MARKS = st.sampled_from(["a", "b", "c"])
MEMORIES = st.dictionaries(
    st.sampled_from(["settings", "list X", "page home"]),
    st.builds(Remembered, MARKS, MARKS, st.booleans(), st.sampled_from(["", "7"])),
)


def parts_of(key: str) -> st.SearchStrategy[Part]:
    """An exact part that is there reads as wanted or as somebody made it; all that matters is equal or not."""
    return st.builds(Part, st.just(key), MARKS, st.none() | MARKS, st.sampled_from(["", "7"]), st.booleans())


PARTS = st.tuples(parts_of("settings"), parts_of("list X"), parts_of("page home"))


@pytest.mark.parametrize(
    ("wanted", "seen", "remembered", "expected"),
    [
        ("w", None, None, Drift.MISSING),
        ("w", None, OURS, Drift.MISSING),
        ("w", "s", OURS, Drift.SAME),
        ("w", "w", None, Drift.SAME),
        ("w", "w", Remembered("old", "old"), Drift.SAME),
        ("new", "s", OURS, Drift.NEWER),
        ("w", "other", OURS, Drift.BY_HAND),
        ("new", "other", OURS, Drift.BOTH),
        ("w", "other", None, Drift.BY_HAND),
        ("w", "s", Remembered("w", "s", adopted=True), Drift.SAME),
        ("new", "s", Remembered("w", "s", adopted=True), Drift.BOTH),
        ("w", None, Remembered("w", "", adopted=True), Drift.SAME),
        ("new", None, Remembered("w", "", adopted=True), Drift.MISSING),
        ("w", None, Remembered("w", "s", adopted=True), Drift.MISSING),
    ],
)
def test_judge(wanted: str, seen: str | None, remembered: Remembered | None, expected: Drift) -> None:
    assert judge(wanted, seen, remembered) is expected


def test_a_fingerprint_does_not_hang_on_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert fingerprint("é") != fingerprint("e")
    assert len(fingerprint(None)) == 16


@given(PARTS, MEMORIES)
def test_what_was_kept_judges_as_before_and_keeps_itself(parts: tuple[Part, ...], memory: Memory) -> None:
    kept = keep(parts, memory)
    assert kept.keys() <= {part.key for part in parts}
    assert keep(parts, kept) == kept
    assert {part.key: judge_part(part, kept) for part in parts} == {p.key: judge_part(p, memory) for p in parts}


@given(PARTS, MEMORIES)
def test_what_was_adopted_is_as_it_should_be_until_the_template_changes(
    parts: tuple[Part, ...], memory: Memory
) -> None:
    changing = {part.key: "adopt" for part in parts}
    coming = foresee(parts, memory, changing)
    assert coming == {part.key: adopt(part) for part in parts}
    for part in parts:
        assert judge_part(part, coming) is Drift.SAME
        newer = judge("newer", part.seen, coming[part.key])
        assert newer is (Drift.MISSING if part.seen is None else Drift.BOTH)


@given(PARTS, MEMORIES, st.sets(st.sampled_from(["settings", "list X", "page home"])))
def test_nothing_to_write_is_foreseen_once_it_was_written(
    parts: tuple[Part, ...], memory: Memory, changing: set[str]
) -> None:
    """After the changes were made and put down, the next plan foresees the same memory: it converges."""
    coming = foresee(parts, memory, dict.fromkeys(changing, "update"))
    written = {
        part.key: Part(part.key, part.wanted, part.wanted if part.exact else "as written", part.id)
        if part.key in changing
        else part
        for part in parts
    }
    put_down = keep(parts, memory) | {
        key: Remembered(written[key].wanted, str(written[key].seen), id=written[key].id) for key in changing
    }
    assert {key: each.wanted for key, each in put_down.items()} == {key: each.wanted for key, each in coming.items()}
    assert foresee(written.values(), put_down, {}) == put_down


@given(MEMORIES)
def test_the_memory_reads_as_it_was_written(memory: Memory) -> None:
    assert read_memory(write_memory(memory)) == memory


@given(
    st.text()
    | st.none()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["wanted", "seen", "id", "x"]), inner),
    ).map(json.dumps)
)
def test_what_is_no_memory_is_nothing_remembered(text: str | None) -> None:
    for each in read_memory(text).values():
        assert isinstance(each.wanted, str)
        assert isinstance(each.seen, str)
        assert isinstance(each.id, str)
