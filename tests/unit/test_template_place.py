"""A template of the gallery in a school at another place."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sp_parent_portal.site_pages.canvas import make_canvas
from sp_parent_portal.site_pages.facts import make_symbols
from sp_parent_portal.template_model import Content
from sp_parent_portal.template_place import settle
from sp_parent_portal.templates import list_templates, load_template, make_content, make_staff_content
from sp_parent_portal.time_zones import ZONES, find_number
from sp_parent_portal.trips import SitesSection, load_trip

CHICAGO = SitesSection(time_zone="America/Chicago", locale=1033, clock="12")


def content_of(name: str, own: SitesSection) -> Content:
    template = load_template(name)
    return make_content(settle(template, own), load_trip(template.folder / "example" / "trip.toml"))


def region(content: Content) -> dict[str, object]:
    [found] = [action for action in content.settings if action["verb"] == "setRegionalSettings"]
    return {name: found[name] for name in ("timeZone", "locale", "sortOrder", "hourFormat")}


@pytest.mark.parametrize("name", [template.name for template in list_templates()])
def test_every_template_of_the_gallery_can_be_used_elsewhere(name: str) -> None:
    content = content_of(name, CHICAGO)
    assert region(content) == {"timeZone": 11, "locale": 1033, "sortOrder": 25, "hourFormat": "12"}
    assert str(content.zone) == "America/Chicago"


def test_times_are_those_of_the_place() -> None:
    here, there = (content_of("school-trip", own) for own in (SitesSection(), CHICAGO))
    assert here.calendar is not None
    assert there.calendar is not None
    starts = [{e.key: e.starts for e in each.calendar.entries}["departure"] for each in (here, there) if each.calendar]
    assert starts == ["2027-05-10T06:45:00Z", "2027-05-10T12:45:00Z"]
    home = next(page for page in there.pages if page.kind == "home")
    assert "07:45:00 GMT-0500" in make_canvas(home, make_symbols(there, "https://contoso.sharepoint.com/sites/x"))


def test_the_staffs_site_is_at_the_same_place() -> None:
    template = load_template("residential")
    trip = load_trip(template.folder / "example" / "trip.toml").model_copy(update={"slug": "stay-staff"})
    staff = make_staff_content(settle(template, CHICAGO), trip)
    assert staff is not None
    assert region(staff)["timeZone"] == 11


def test_what_portal_toml_does_not_say_is_the_templates() -> None:
    template = load_template("school-trip")
    assert settle(template, SitesSection()) is template
    assert region(content_of("school-trip", SitesSection(clock="12"))) == {
        "timeZone": 2, "locale": 2057, "sortOrder": 25, "hourFormat": "12"
    }  # fmt: skip


def test_a_zone_that_is_not_known_is_a_mistake_that_names_those_like_it() -> None:
    with pytest.raises(ValidationError, match="did you mean Europe/London"):
        SitesSection(time_zone="Europe/Londno")
    with pytest.raises(ValidationError):
        SitesSection(locale=1)
    assert all(find_number(zone) == number for number, zone in ZONES.items())
    assert len(set(ZONES.values())) == len(ZONES)


def test_each_zone_is_one_that_this_machine_knows() -> None:
    from zoneinfo import ZoneInfo

    assert all(ZoneInfo(zone).key == zone for zone in ZONES.values())
