"""Where a key stands in TOML text, against texts that were written line by line."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.toml_files import Keys, key_lines

names = st.text("abcXYZ019_-", min_size=1, max_size=6)
quoted = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\"'\\"), max_size=6)
values = st.sampled_from(
    [
        "1",
        '"a # b = [c]"',
        "'it = \"x\"'",
        '"a \\" = ["',
        '"""\n[not.a.section]\nkey = 1\n"""',
        '"""two " quotes"""""',
        "'''\n# [x]\ny = ''\n'''",
        "[\n  1, # ]\n  [2],\n]",
        "{ inner = [1, {deep = 'x'}], other = '}' }",
        "2027-05-10",
        '["}", "]"]',
    ]
)
gaps = st.sampled_from(["", "\n", "# a = 1\n", "   \n\t# [b]\n"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Keys, int]]:
    """TOML text of sections with keys, and the line of each."""
    text, lines = "", {}
    sections = draw(st.lists(st.tuples(names, names), max_size=4, unique=True))
    taken: set[str] = set()
    for section in [(), *sections]:
        text += draw(gaps)
        if section:
            lines[section] = text.count("\n") + 1
            lines.setdefault(section[:1], lines[section])
            text += draw(st.sampled_from(["[{}.{}]", "  [ {} . {} ]", "[\"{}\".'{}'] # x"])).format(*section) + "\n"
        for name, value in draw(st.lists(st.tuples(st.one_of(names, quoted), values), max_size=4)):
            keys = (*section, name)
            if keys in lines or (not section and name in {each[0] for each in sections}) or name in taken:
                continue
            text += draw(gaps)
            lines[keys] = text.count("\n") + 1
            bare = bool(name) and all(char in "abcXYZ019_-" for char in name)
            text += f"{name if bare else repr_of(name)} {draw(st.sampled_from(['=', ' = ']))} {value} # {name}\n"
    return text, lines


def repr_of(name: str) -> str:
    return f'"{name}"'


@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[Keys, int]]) -> None:
    text, lines = document
    tomllib.loads(text)
    assert key_lines(text) == lines


@given(st.text("[]{}=.,#\"'\\ \nab1", max_size=60))
def test_no_text_keeps_it_from_ending(text: str) -> None:
    key_lines(text)
