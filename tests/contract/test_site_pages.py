"""Pages, files and calendar of a trip's site on the emulator: made, found again, changed by people, cut off."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.microsoft365.call import Call
from sp_parent_portal.microsoft365.model import PageContent
from sp_parent_portal.plan.model import Change, Field
from sp_parent_portal.planning import Planned
from sp_parent_portal.reports.shapes import plan_report
from sp_parent_portal.resources.drift import ByHand
from tests.rest_door import rest_door
from tests.stage import RELATIONSHIPS, SITE, USERS, Killed, Stage, not_done

FINGERPRINT = re.compile(r"(?<![0-9a-f-])[0-9a-f]{16,}(?![0-9a-f-])")
WRITTEN = ("site_file", "site_page", "site_calendar")


@pytest.fixture(name="made")
def _made(stage: Stage) -> Stage:
    assert not_done(stage.apply()) == []
    return stage


def pages(stage: Stage) -> dict[str, Any]:
    return {page.file: page for page in stage.gateway.sharepoint.list_pages(SITE)}


def content(stage: Stage, file: str) -> PageContent:
    [answer] = stage.gateway.sharepoint.read_pages(SITE, [pages(stage)[file].id])
    assert answer.value is not None
    return answer.value[1]


def edit(stage: Stage, file: str, **values: str) -> None:
    """Somebody changes a page in the editor and publishes it."""
    sharepoint, number, now = stage.gateway.sharepoint, pages(stage)[file].id, content(stage, file)
    given = {"title": now.title, "canvas": now.canvas, "layout": now.layout, **values}
    sharepoint.check_out_pages(SITE, [number])
    sharepoint.save_pages(SITE, {number: PageContent(**given)})
    sharepoint.publish_pages(SITE, [number])


def calendar(stage: Stage) -> tuple[str, dict[int, dict[str, Any]]]:
    sharepoint = stage.gateway.sharepoint
    found = next(each for each in sharepoint.list_lists(SITE) if each.title == "Events")
    return found.id, {item.id: dict(item.values) for item in sharepoint.list_items(SITE, found.id)}


def change_trip(stage: Stage, old: str, new: str) -> None:
    path = stage.folder / "trips" / "lake-2027" / "trip.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changes(stage: Stage) -> list[Change]:
    return [change for change in stage.plan().plan.changes if change.kind in WRITTEN]


# ---- made ----------------------------------------------------------------------------------------------------------


def test_the_pages_are_there_published_and_the_site_begins_with_ours(made: Stage) -> None:
    assert {(p.file, p.is_published, p.is_news, p.is_welcome, p.checked_out) for p in pages(made).values()} == {
        ("start.aspx", True, False, True, False),
        ("bring.aspx", True, False, False, False),
        ("welcome.aspx", True, True, False, False),
    }
    assert made.gateway.sharepoint.get_web(SITE).comments_off


def test_parts_refer_to_the_lists_and_files_of_this_site(made: Stage) -> None:
    controls = json.loads(content(made, "start.aspx").canvas)
    lists = {each.title: each for each in made.gateway.sharepoint.list_lists(SITE)}
    shown = {
        c["webPartData"]["serverProcessedContent"]["searchablePlainTexts"].get("listTitle"): c["webPartData"]
        for c in controls
        if c.get("webPartData", {}).get("title") == "List"
    }
    itinerary = shown["Itinerary"]["properties"]
    assert itinerary["selectedListId"] == lists["Itinerary"].id
    assert itinerary["selectedListUrl"] == lists["Itinerary"].url
    files = {file.name: file.id for file in made.gateway.sharepoint.list_files(SITE, "SiteAssets")}
    area = json.loads(content(made, "start.aspx").layout)[0]["properties"]
    assert area["uniqueId"] == files["hills.png"]
    assert area["listId"] == lists["Site Assets"].id
    assert area["altText"]


def test_pictures_arrive_byte_by_byte(made: Stage) -> None:
    [planned] = made.plan().desired.values()
    for asset in planned.content.files:
        assert made.gateway.sharepoint.read_file(SITE, "SiteAssets", asset.name) == asset.path.read_bytes()


def test_a_large_file_arrives_in_parts(own_templates: Path, stage: Stage) -> None:
    content = bytes(range(256)) * 45_000  # 11.5 million bytes
    (own_templates / "school-trip" / "assets" / "guide.pdf").write_bytes(b"%PDF-1.7\n" + content)
    assert not_done(stage.apply()) == []
    assert sum("StartUpload" in line for line in stage.wire.seen) == 1
    assert stage.gateway.sharepoint.read_file(SITE, "SiteAssets", "guide.pdf") == b"%PDF-1.7\n" + content
    assert stage.plan().plan.changes == ()


def test_the_calendar_holds_the_trips_dates(made: Stage) -> None:
    rows = {row["Title"]: row for row in calendar(made)[1].values()}
    away = rows["Lake District 2027: away in Keswick"]
    assert (away["EventDate"], away["EndDate"], away["fAllDayEvent"]) == (
        *("2027-05-10T00:00:00Z", "2027-05-14T23:59:00Z"),
        True,
    )


def test_a_time_at_the_place_is_sent_as_utc(stage: Stage) -> None:
    change_trip(stage, "[notify]", 'meeting_time = "07:45"\n[notify]')
    assert not_done(stage.apply()) == []
    leaving = next(row for row in calendar(stage)[1].values() if row["Title"].endswith("we leave"))
    assert (leaving["EventDate"], leaving["fAllDayEvent"]) == ("2027-05-10T06:45:00Z", False)
    countdown = next(
        c["webPartData"]["properties"]["countDate"]
        for c in json.loads(content(stage, "start.aspx").canvas)
        if c.get("webPartData", {}).get("title") == "Countdown timer"
    )
    assert countdown == "Mon May 10 2027 07:45:00 GMT+0100"


def test_applying_again_does_nothing(made: Stage) -> None:
    before = made.writes()
    assert made.plan().plan.changes == ()
    made.apply()
    assert made.writes() == before


def test_a_site_is_looked_at_in_one_request_for_each_kind(made: Stage) -> None:
    """What was not touched since is not read: its version and its tag say so."""
    number = len(made.wire.seen)
    made.plan()
    asked = made.wire.seen[number:]
    assert not [each for each in asked if "$batch" in each and "graph" not in each]
    assert [each.rpartition("/")[2] for each in asked if "sitepages" in each] == ["pages"]


def test_few_requests_make_them(stage: Stage) -> None:
    planned = stage.plan()
    kinds = [change.kind for change in planned.plan.changes]
    assert [kinds.count(kind) for kind in WRITTEN] == [2, 4, 3]
    before = len(stage.wire.seen)
    stage.carry_out(planned)
    ours = [
        each
        for each in stage.wire.seen[before:]
        if "SiteAssets" in each or "rootfolder" in each or each.endswith("lake-2027/_api/$batch")
    ]
    assert len(ours) <= 10


# ---- the template or the inputs change -------------------------------------------------------------------------------


def test_a_new_number_reaches_the_pages_and_nothing_else_is_written(made: Stage) -> None:
    before = {file: page.version for file, page in pages(made).items()}
    change_trip(made, "+441632960100", "+441632960999")
    assert {change.key.split(": ")[1] for change in changes(made)} == {"page start", "page welcome"}
    assert not_done(made.apply()) == []
    assert "960999" in content(made, "start.aspx").canvas
    after = {file: page.version for file, page in pages(made).items()}
    assert after == {**before, "start.aspx": "2.0", "welcome.aspx": "2.0"}
    assert made.plan().plan.changes == ()


def test_other_dates_move_the_entries_that_are_there(made: Stage) -> None:
    before = set(calendar(made)[1])
    change_trip(made, "ends = 2027-05-14", "ends = 2027-05-15")
    assert not_done(made.apply()) == []
    rows = calendar(made)[1]
    assert set(rows) == before
    assert [row["EndDate"] for row in rows.values() if "away" in row["Title"]] == ["2027-05-15T23:59:00Z"]
    assert made.plan().plan.changes == ()


# ---- people change things --------------------------------------------------------------------------------------------


def test_a_page_that_somebody_changed_is_held_and_left_alone(made: Stage) -> None:
    canvas = content(made, "bring.aspx").canvas.replace("put your child", "write your child")
    edit(made, "bring.aspx", canvas=canvas)
    planned = made.plan()
    [held] = planned.plan.held
    assert (held.subject, held.reason) == ("page bring", "changed by hand")
    [field] = held.words
    assert field.name == "section 1, column 1, text"
    assert "write your child" in str(field.before)
    assert "put your child" in str(field.after)
    assert [change for change in planned.plan.changes if change.kind in WRITTEN] == []
    change_trip(made, "+441632960100", "+441632960999")
    assert not_done(made.apply()) == []
    assert "write your child" in content(made, "bring.aspx").canvas
    assert [(held.subject, held.reason) for held in made.plan().plan.held] == [("page bring", "changed by hand")]


def test_a_page_that_was_saved_without_a_change_is_still_ours(made: Stage) -> None:
    edit(made, "bring.aspx")
    assert made.plan().plan.held == ()
    assert not_done(made.apply()) == []
    assert made.plan().plan.changes == ()


def test_another_first_page_is_set_right(made: Stage) -> None:
    made.gateway.sharepoint.set_welcome_page(SITE, "bring.aspx")
    assert [(change.key, change.reason) for change in changes(made)] == [("lake-2027: welcome page", "changed by hand")]
    assert not_done(made.apply()) == []
    assert pages(made)["start.aspx"].is_welcome


def test_what_people_add_is_not_touched(made: Stage) -> None:
    sharepoint = made.gateway.sharepoint
    [added] = sharepoint.create_pages(SITE, [("our-day.aspx", "Our day", True)])
    assert added.value is not None
    list_id, _ = calendar(made)
    entry = {"Title": "Parents' evening", "EventDate": "2027-05-03T18:00:00Z", "EndDate": "2027-05-03T19:00:00Z"}
    rest_door(made.gateway).add_item(SITE, list_id, entry)
    change_trip(made, "+441632960100", "+441632960999")
    assert not_done(made.apply()) == []
    assert "our-day.aspx" in pages(made)
    assert "Parents' evening" in {row["Title"] for row in calendar(made)[1].values()}
    assert len(calendar(made)[1]) == 4


def test_a_file_that_somebody_replaced_is_held(made: Stage, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(b"\x89PNG something else")
    made.gateway.sharepoint.upload_file(SITE, "SiteAssets", "rucksack.png", other)
    [held] = made.plan().plan.held
    assert (held.subject, held.words[0].name, held.words[0].before) == ("file rucksack.png", "size", "19 bytes")
    assert changes(made) == []


def test_an_entry_that_somebody_moved_is_held(made: Stage) -> None:
    list_id, rows = calendar(made)
    number = next(n for n, row in rows.items() if row["Title"].endswith("we leave"))
    rest_door(made.gateway).update_item(SITE, list_id, number, {"Location": "The other gate"})
    [held] = made.plan().plan.held
    assert (held.subject, held.words) == ("calendar departure", (Field("place", "The other gate", ""),))
    assert changes(made) == []


def test_what_the_template_changes_is_said_in_words_and_what_people_wrote_is_not_recorded(made: Stage) -> None:
    change_trip(made, "+441632960100", "+441632960999")
    edit(made, "bring.aspx", canvas=content(made, "bring.aspx").canvas.replace("Please put", "Ava, please put"))
    planned = made.plan(by_hand=ByHand.REPAIR)
    words = {change.key.partition(": ")[2]: change.words for change in planned.plan.changes}
    assert any(
        ("960100" in str(each.before), "960999" in str(each.after)) == (True, True) for each in words["page start"]
    )
    assert any("Ava, please" in str(each.before) for each in words["page bring"])
    assert not_done(made.carry_out(planned)) == []
    with made.store.engine.connect() as db:
        recorded = db.exec_driver_sql("SELECT change FROM steps WHERE kind = 'site_page'").all()
    assert "page bring" in str(recorded)
    assert "Ava, please" not in str(recorded)


@pytest.mark.parametrize("by_hand", list(ByHand))
def test_people_are_shown_words_and_never_a_fingerprint(stage: Stage, by_hand: ByHand) -> None:
    def shown(planned: Planned) -> str:
        report = plan_report(planned.plan)
        return "\n".join([*(str(row["fields"]) for row in report.rows), *report.notes])

    planned = stage.plan()
    assert FINGERPRINT.findall(shown(planned)) == []
    assert not_done(stage.carry_out(planned)) == []
    change_trip(stage, "+441632960100", "+441632960999")
    edit(stage, "bring.aspx", title="Our things")
    list_id, rows = calendar(stage)
    rest_door(stage.gateway).update_item(SITE, list_id, min(rows), {"Title": "Moved"})
    planned = stage.plan(by_hand=by_hand)
    told = shown(planned)
    assert "Our things" in told
    assert "Moved" in told
    assert FINGERPRINT.findall(told) == []


# ---- cut off ---------------------------------------------------------------------------------------------------------


def is_ours(line: str) -> bool:
    place = line.partition("contoso.sharepoint.com")[2]
    return any(mark in place for mark in ("$batch", "SiteAssets", "rootfolder", "ProcessQuery"))


def test_killed_anywhere_between_lists_and_calendar_it_goes_on(tmp_path: Path) -> None:
    """After every request of these kinds, which is before the next one: the next run ends with one of everything, and
    nothing held."""
    (tmp_path / "whole").mkdir()
    first = Stage(tmp_path / "whole")
    first.furnish()
    first.plan()
    begin = len(first.wire.seen)
    first.apply()
    lines = list(first.wire.seen)
    places = [n for n in range(begin, len(lines)) if is_ours(lines[n])]
    assert len(places) >= 9
    for at in places:
        folder = tmp_path / str(at)
        folder.mkdir()
        stage = Stage(folder)
        stage.furnish()
        stage.plan()
        stage.wire.kill_at, stage.wire.after_work = at, True
        with pytest.raises(Killed):
            stage.apply()
        stage.restart()
        planned = stage.plan()
        assert planned.plan.held == (), lines[at]
        assert not_done(stage.carry_out(planned)) == [], lines[at]
        assert stage.plan().plan.changes == (), lines[at]
        assert sorted(pages(stage)) == ["bring.aspx", "start.aspx", "welcome.aspx"]
        assert len(calendar(stage)[1]) == 3


def test_a_page_that_somebody_made_meanwhile_is_left_alone(stage: Stage) -> None:
    planned = stage.plan()
    real = stage.gateway.sharepoint.create_pages

    def first_somebody_else(url: str, wanted: Any) -> Any:
        [made] = real(url, [("bring.aspx", "Theirs", False)])
        assert made.value is not None
        theirs = [{"controlType": 4, "id": "x", "innerHTML": "<p>Theirs</p>", "position": {"zoneIndex": 1}}]
        stage.gateway.sharepoint.save_pages(url, {made.value.id: PageContent("Theirs", json.dumps(theirs), "[]")})
        return real(url, wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stage.gateway.sharepoint), "create_pages", lambda _, *args: first_somebody_else(*args))
        outcomes = stage.carry_out(planned)
    told = {o.change.key: o.detail for o in outcomes if o.status.value == "failed"}
    assert told == {"lake-2027: page bring": "somebody has made a page bring.aspx meanwhile; it is left alone"}
    assert "Theirs" in content(stage, "bring.aspx").canvas


@pytest.mark.parametrize("step", ["create", "save", "publish"])
def test_one_page_that_is_refused_does_not_stop_the_others(stage: Stage, step: str) -> None:
    from sp_parent_portal.errors import Rejected
    from sp_parent_portal.microsoft365.model import Answer

    name = f"{step}_pages"
    real = getattr(type(stage.gateway.sharepoint), name)

    def refuse_first(sharepoint: Any, url: str, wanted: Any) -> Any:
        answers = real(sharepoint, url, wanted)
        return [Answer(error=Rejected("no")), *answers[1:]]

    planned = stage.plan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stage.gateway.sharepoint), name, refuse_first)
        outcomes = {o.change.key: o for o in stage.carry_out(planned)}
    assert outcomes["lake-2027: page bring"].status.value == "failed"
    assert outcomes["lake-2027: page welcome"].status.value == "done"
    assert outcomes["lake-2027: calendar away"].status.value == "held"


def test_a_page_that_cannot_be_saved_keeps_nobody_out_of_a_site_that_is_open(made: Stage) -> None:
    """Somebody has it open in the editor, say. The marker waits, so that the next run knows what is left."""
    change_trip(made, "+441632960100", "+441632960999")
    made.write("trips/lake-2027/students.csv", "student_id\nS1\nS2\nS3\nS4\nS5\n")
    made.write_contacts(
        [*USERS, ("S5", "s5", "Zoe", "Reed", ""), ("P6", "p6", "Kim", "Reed", "kim.reed@mail.example")],
        [*RELATIONSHIPS, ("S5", "P6", "parent")],
    )
    made.faults({"on": "POST /sites/lake-2027/_api/sitepages/pages*/savepage", "times": None, "reply": 400})
    outcomes = {o.change.key: o.status.value for o in made.apply()}
    assert outcomes["lake-2027: page start"] == "failed"
    assert {status for key, status in outcomes.items() if "kim.reed" in key} == {"done"}
    assert [key for key, status in outcomes.items() if status == "held"] == [SITE]
    made.faults()
    assert {change.key for change in changes(made)} >= {"lake-2027: page start", "lake-2027: page welcome"}
    assert not_done(made.apply()) == []
    assert made.plan().plan.changes == ()


def test_nobody_comes_to_a_new_site_before_its_pages_are_there(stage: Stage) -> None:
    stage.faults({"on": "POST /sites/lake-2027/_api/sitepages/pages*/savepage", "times": None, "reply": 400})
    outcomes = {o.change.kind: o.status.value for o in stage.apply()}
    assert {kind: outcomes[kind] for kind in ("site_marker", "guest", "membership", "site_opening", "notice")} == (
        dict.fromkeys(("site_marker", "guest", "membership", "site_opening", "notice"), "held")
    )


# ---- somebody says which of the two is to stay -----------------------------------------------------------------------


def test_what_somebody_wrote_is_adopted_until_the_template_changes(made: Stage) -> None:
    canvas = content(made, "bring.aspx").canvas.replace("put your child", "write your child")
    edit(made, "bring.aspx", canvas=canvas)
    planned = made.plan(by_hand=ByHand.ADOPT)
    assert [(c.verb, c.key) for c in planned.plan.changes if c.kind in WRITTEN] == [("adopt", "lake-2027: page bring")]
    assert not_done(made.carry_out(planned)) == []
    again = made.plan()
    assert (again.plan.changes, again.plan.held) == ((), ())
    assert "write your child" in content(made, "bring.aspx").canvas
    change_trip(made, "[notify]", 'packing_notes = "One bag."\n[notify]')
    assert [held.subject for held in made.plan().plan.held] == ["page bring"]


def test_what_somebody_wrote_is_overwritten_when_that_is_asked_for(made: Stage) -> None:
    before = content(made, "bring.aspx").canvas
    edit(made, "bring.aspx", canvas=before.replace("put your child", "write your child"))
    list_id, rows = calendar(made)
    rest_door(made.gateway).update_item(SITE, list_id, min(rows), {"Title": "Moved"})
    planned = made.plan(by_hand=ByHand.REPAIR)
    assert [c.verb for c in planned.plan.changes if c.kind in WRITTEN] == ["update", "update"]
    assert not_done(made.carry_out(planned)) == []
    assert content(made, "bring.aspx").canvas == before
    assert len(calendar(made)[1]) == 3
    assert made.plan().plan.changes == ()


def test_an_entry_that_somebody_deleted_comes_back_or_stays_away(made: Stage) -> None:
    list_id, rows = calendar(made)
    number = next(n for n, row in rows.items() if row["Title"].startswith("Last day"))
    call = Call(
        "delete", "POST", f"{SITE}/_api/web/lists(guid'{list_id}')/items({number})", role="provisioner",
        headers={"X-HTTP-Method": "DELETE", "If-Match": "*"},
    )  # fmt: skip
    made.gateway.transport.send(call)
    assert [(c.verb, c.reason) for c in changes(made)] == [("create", "somebody deleted it")]
    planned = made.plan(by_hand=ByHand.ADOPT)
    assert not_done(made.carry_out(planned)) == []
    assert made.plan().plan.changes == ()
    assert len(calendar(made)[1]) == 2


@pytest.mark.parametrize("step", ["savepage", "publish"])
def test_a_page_that_sharepoint_has_no_room_for_is_sent_again(stage: Stage, step: str) -> None:
    """Of a batch some parts may be throttled, and the answer to the whole is 200 all the same."""
    busy = {"reply": 429, "headers": {"Retry-After": "3"}}
    stage.faults({"on": f"POST /sites/lake-2027/_api/sitepages/pages*/{step}", "nth": 2, "times": 1, **busy})
    assert not_done(stage.apply()) == []
    assert stage.control("GET", "usage")["throttled"] == 1
    assert stage.plan().plan.changes == ()
