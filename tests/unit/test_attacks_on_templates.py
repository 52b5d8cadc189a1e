"""A template from a stranger: it sends nothing of this machine to a site, and what it cannot be filled with is said
when it is loaded, not in the middle of a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.templates import load_folder
from tests.template_folder import write_template


def rules(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(TemplateError) as caught:
        load_folder(folder)
    return [(Path(each.file).name, each.rule) for each in caught.value.problems]


@pytest.mark.skipif(os.name == "nt", reason="who may make a link on Windows is a setting")
@pytest.mark.parametrize("name", ["assets/plan.txt", "assets", "messages/more.txt", "pages/start.toml", "preview.png"])
def test_nothing_is_read_through_a_link_that_leads_out(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "school"
    outside.mkdir()
    (outside / "plan.txt").write_text("student_id,contact_id\nS1,P2\n", encoding="utf-8")
    folder = write_template(tmp_path)
    link = folder / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside / "plan.txt" if link.suffix else outside)
    assert rules(folder) == [(link.name, "link")]


@pytest.mark.skipif(os.name == "nt", reason="who may make a link on Windows is a setting")
def test_a_link_within_the_template_is_a_file_like_others(tmp_path: Path) -> None:
    folder = write_template(tmp_path)
    (folder / "assets").mkdir()
    (folder / "assets" / "one.txt").write_text("one", encoding="utf-8")
    (folder / "assets" / "two.txt").symlink_to("one.txt")
    linked = tmp_path / "elsewhere"
    linked.symlink_to(folder.parent)
    assert [asset.name for asset in load_folder(linked / folder.name).assets] == ["one.txt", "two.txt"]


@pytest.mark.parametrize(
    "text",
    [
        "{% if trip.title %}" * 150 + "{% endif %}" * 150,
        "{{ 'a' if " + "not " * 250 + "trip.title }}",
        "{{ " + "trip.title or " * 400 + "trip.title }}",
        "{{ 'a' if " + "not(" * 900 + "trip.title" + ")" * 900 + " }}",
    ],
)
def test_a_placeholder_that_nests_too_deeply_is_refused_when_it_is_loaded(tmp_path: Path, text: str) -> None:
    folder = write_template(tmp_path)
    invite = folder / "messages" / "invite.html.j2"
    invite.write_text(invite.read_text(encoding="utf-8").replace("</p>", f"{text}</p>", 1), encoding="utf-8")
    assert rules(folder) == [("invite.html.j2", "placeholder")]
