"""`close`, `--adopt` and `--repair` at the command line: what they show, ask and answer."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from sp_parent_portal.microsoft365 import connect
from sp_parent_portal.microsoft365.call import Call
from sp_parent_portal.settings import data_folder, emulator_settings, load_settings
from tests.stage import GUARDIANS, SITE

from .conftest import Desk


def test_a_trip_is_closed_and_opened_again(desk: Desk) -> None:
    desk.make_trip()
    said = desk.type("close", "lake-2027")
    assert said.code == 2
    assert "nobody is at a terminal to be asked, so nothing was done" in said.err
    said = desk.type("--format", "json", "close", "lake-2027", "--yes")
    assert said.code == 0
    assert [each["email"] for each in said.json["prunable"]] == list(GUARDIANS)
    assert not any(email in said.err for email in GUARDIANS), "standard error is a log here"
    assert "a guest since 20" in said.err
    [row] = desk.type("--format", "json", "status").json
    assert row["closed"]
    said = desk.type("plan", "--all", "--check")
    assert said.code == 0
    assert "lake-2027 was closed on" in said.err
    before = desk.writes
    assert desk.type("close", "lake-2027", "--yes").code == 0
    assert desk.type("apply", "--all", "--allow", "opens-access", "--yes").code == 0
    assert desk.writes == before
    said = desk.type("close", "lake-2027", "--reopen", "--yes")
    assert said.code == 0
    assert "apply lets its guardians in" in said.err
    assert desk.type("apply", "--all", "--yes").code == 5, "opening has to be allowed again"
    assert desk.type("apply", "--all", "--allow", "opens-access", "--yes").code == 0
    assert desk.type("plan", "--all", "--check").code == 0


def test_a_close_that_was_cut_off_is_resumed_as_a_close(desk: Desk) -> None:
    desk.make_trip()
    desk.ask("faults", [{"on": "DELETE /groups/*", "nth": 1, "times": 9, "reply": 400}])
    said = desk.type("--format", "json", "close", "lake-2027", "--yes")
    assert said.code == 6
    desk.ask("faults", [])
    said = desk.type("--format", "json", "runs", "resume", said.json["run"])
    assert said.code == 0
    assert [o["kind"] for o in said.json["outcomes"]][-2:] == ["trip_group", "site_lock"]


def test_what_people_did_is_adopted_or_repaired_and_a_resumed_run_asks_the_same(desk: Desk) -> None:
    desk.make_trip()
    assert desk.type("plan", "--all", "--adopt", "--repair").code == 2
    said = desk.type("--format", "json", "apply", "--all", "--adopt", "--yes")
    assert said.code == 0
    with sqlite3.connect(data_folder() / "runs.sqlite") as db:
        arguments = [row[0] for row in db.execute("SELECT arguments FROM runs ORDER BY started_at")]
    assert '"--adopt"' in arguments[-1]
    assert desk.type("runs", "resume", said.json["run"]).code == 0


def set_archive(*, enabled: bool) -> None:
    """As the school's administrator does in the Microsoft 365 admin centre."""
    settings = emulator_settings(load_settings())
    headers = {"Content-Type": "application/json", "X-HTTP-Method": "MERGE", "IF-MATCH": "*"}
    call = Call(
        "turn the archive on or off",
        "POST",
        "https://contoso-admin.sharepoint.com/_api/SPO.Tenant",
        role="provisioner",
        data={"EnableSiteArchive": enabled},
        headers=headers,
    )
    connect(settings).sharepoint._transport.send(call)


def test_a_trip_is_archived_where_the_school_wants_it_and_comes_back(desk: Desk) -> None:
    portal = desk.folder / "portal.toml"
    portal.write_text(portal.read_text(encoding="utf-8") + '[sites]\nwhen_closed = "archived"\n', encoding="utf-8")
    desk.make_trip()
    before = desk.writes
    said = desk.type("close", "lake-2027")
    assert (said.code, desk.writes) == (2, before)
    assert "Microsoft 365 Archive is not turned on in the tenant" in said.err
    assert "Pay-as-you-go services > Settings > Archive" in said.err
    assert desk.type("close", "lake-2027", "--yes").code == 6
    assert desk.type("close", "lake-2027", "--yes").code == 5
    set_archive(enabled=True)
    said = desk.type("close", "lake-2027", "--yes")
    assert (said.code, "site_archive" in said.out) == (0, True)
    [row] = desk.type("--format", "json", "status").json
    assert (bool(row["closed"]), row["archive"]) == (True, "RecentlyArchived")
    assert ", archived" in desk.type("status").out
    said = desk.type("plan", "--all", "--check")
    assert said.code == 0
    assert "its site is archived: it is left alone" in said.err
    desk.ask("weather", {"archive": {"recent_days": 0, "reactivation_polls": 4}})
    said = desk.type("close", "lake-2027", "--reopen", "--yes")
    assert (said.code, "lake-2027 is not open yet: SharePoint is reactivating the site" in said.err) == (6, True)
    assert "open to be planned again" not in said.err
    assert desk.type("status").code == 0
    assert desk.type("status").code == 0
    said = desk.type("close", "lake-2027", "--reopen", "--yes")
    assert said.code == 0
    assert "apply lets its guardians in" in said.err
    assert desk.type("apply", "--all", "--allow", "opens-access", "--yes").code == 0
    assert desk.type("plan", "--all", "--check").code == 0


def test_what_people_wrote_is_quoted_in_the_answer_and_in_no_log(desk: Desk) -> None:
    desk.make_trip()
    sharepoint = connect(emulator_settings(load_settings())).sharepoint
    number = next(page.id for page in sharepoint.list_pages(SITE) if page.file == "bring.aspx")
    [answer] = sharepoint.read_pages(SITE, [number])
    assert answer.value is not None
    theirs = replace(answer.value[1], canvas=answer.value[1].canvas.replace("Please put", "Ava Hale, please put"))
    sharepoint.check_out_pages(SITE, [number])
    sharepoint.save_pages(SITE, {number: theirs})
    sharepoint.publish_pages(SITE, [number])
    said = desk.type("plan", "--all")
    assert "section 1, column 1, text: “Ava Hale, please put" in said.out
    assert "held: lake-2027 page bring: changed by hand" in said.err
    assert "Ava" not in said.err
    [held] = desk.type("--format", "json", "plan", "--all").json["held"]
    assert held["words"][0]["before"].startswith("Ava Hale, please put")
    assert "Ava" not in desk.type("apply", "--all", "--yes", "--repair").err
