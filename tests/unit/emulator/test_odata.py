from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.graph.odata import BadFilter, find_advanced, find_equals, fits, list_paths, parse

ROW: dict[str, Any] = {
    "mail": "Mum@Home.example",
    "userType": "Guest",
    "accountEnabled": True,
    "otherMails": ["mum@home.example", "old@home.example"],
    "proxyAddresses": ["SMTP:mum@home.example"],
    "createdDateTime": "2026-05-01T00:00:00Z",
    "displayName": "O'Hara, Mary",
    "surname": None,
    "singleValueExtendedProperties": [{"id": "String {a} Name K", "value": "v (1)"}],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail eq 'mum@home.example'", True),
        ("MAIL EQ 'MUM@HOME.EXAMPLE'", True),
        ("mail eq 'dad@home.example'", False),
        ("userType eq 'Guest' and accountEnabled eq true", True),
        ("userType eq 'Member' or accountEnabled eq false", False),
        ("userType eq 'Member' or userType eq 'Guest' and accountEnabled eq true", True),
        ("(userType eq 'Member' or userType eq 'Guest') and accountEnabled eq false", False),
        ("not (userType eq 'Member')", True),
        ("userType ne 'Member'", True),
        ("startswith(displayName,'o''hara')", True),
        ("endswith(mail,'@home.example')", True),
        ("contains(mail,'dad')", False),
        ("mail in ('a@b.example', 'mum@home.example')", True),
        ("otherMails/any(x:x eq 'old@home.example')", True),
        ("otherMails/any(x: x eq 'none@home.example')", False),
        ("proxyAddresses/any(p:startswith(p,'smtp:mum'))", True),
        ("otherMails/any()", True),
        ("surname eq null", True),
        ("surname ne null", False),
        ("createdDateTime ge 2026-01-01T00:00:00Z", True),
        ("createdDateTime lt 2026-01-01T00:00:00Z", False),
        ("createdDateTime le 2026-05-01T00:00:00Z", True),
        ("singleValueExtendedProperties/Any(ep: ep/id eq 'String {a} Name K' and ep/value eq 'v (1)')", True),
        ("singleValueExtendedProperties/Any(ep: ep/id eq 'String {a} Name K' and ep/value eq 'v')", False),
    ],
)
def test_filters(text: str, expected: bool) -> None:
    assert fits(parse(text), ROW) is expected


@pytest.mark.parametrize(
    "text",
    ["mail", "mail eq", "mail eq 'a", "mail like 'a'", "(mail eq 'a'", "mail eq 'a')", "eq eq eq eq", "mail eq 'a' and",
     "startswith(mail)", "startswith('a',mail)", "mail in 'a'", "x/any(y z)", "!", "mail eq 'a' mail eq 'b'"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadFilter):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        test = parse(text)
    except BadFilter:
        return
    fits(test, ROW)


@given(st.text(min_size=1))
def test_a_quoted_value_is_found_whatever_is_in_it(value: str) -> None:
    quoted = value.replace("'", "''")
    assert fits(parse(f"mail eq '{quoted}'"), {"mail": value})
    assert fits(parse(f"otherMails/any(x:x eq '{quoted}')"), {"otherMails": ["another", value]})


NAMES = {"mail": "mail", "othermails": "otherMails"}
ADDRESSES = st.sampled_from(["a", "b", "c"])
ATOMS = st.one_of(
    ADDRESSES.map(lambda a: f"mail eq '{a}'"),
    ADDRESSES.map(lambda a: f"otherMails/any(x:x eq '{a}')"),
    st.lists(ADDRESSES, min_size=1).map(lambda found: "mail in ({})".format(",".join(f"'{a}'" for a in found))),
    st.sampled_from(["accountEnabled eq true", "not (mail eq 'a')", "mail ne 'b'", "startswith(mail,'c')"]),
)
TESTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} and {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
    ),
    max_leaves=6,
)


@given(
    TESTS,
    st.fixed_dictionaries({"mail": ADDRESSES, "otherMails": st.lists(ADDRESSES), "accountEnabled": st.booleans()}),
)
def test_an_index_never_loses_a_row_that_fits(text: str, row: dict[str, Any]) -> None:
    test = parse(text)
    pairs = find_equals(test, NAMES)
    if pairs is not None and fits(test, row):
        has = {("mail", row["mail"]), *(("otherMails", a) for a in row["otherMails"])}
        assert has & pairs


def test_which_filters_the_directory_answers_only_with_counting() -> None:
    assert not find_advanced(parse("mail eq 'a' or startswith(mail,'b')"))
    for text in ("mail ne 'a'", "not (mail eq 'a')", "endswith(mail,'a')", "userType eq 'Guest' and mail ne null"):
        assert find_advanced(parse(text)), text


def test_which_properties_a_filter_looks_at() -> None:
    assert list_paths(parse("otherMails/any(x:x eq 'a') and (mail eq 'b' or not startswith(upn,'c'))")) == {
        "otherMails", "mail", "upn",
    }  # fmt: skip
