from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator.sharepoint.paths import BadPath, Path, Segment, parse, read_literal

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def read(url_path: str, **query: str) -> Path:
    path = parse(url_path, {name.replace("at_", "@"): value for name, value in query.items()})
    assert path is not None
    return path


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("web", "web"),
        ("Web/Lists", "web/lists"),
        ("web/lists/getbytitle('A b')", "web/lists(*)"),
        ("web/lists/GetByTitle('it''s')/items(1)", "web/lists(*)/items(*)"),
        ("web/lists(guid'0A0A0A0A-0000-4000-8000-000000000000')", "web/lists(*)"),
        ("web/lists('0a0a0a0a-0000-4000-8000-000000000000')/getItemById(7)", "web/lists(*)/items(*)"),
        ("web/GetList('/sites/x/Lists/Y')/fields", "web/lists(*)/fields"),
        ("web/associatedvisitorgroup/users", "web/sitegroups(*)/users"),
        ("web/sitegroups/getbyname('a/b')", "web/sitegroups(*)"),
        ("web/sitegroups(5)/users/removebyid(7)", "web/sitegroups(*)/users/removebyid"),
        (
            "SP.Web/roleassignments/addroleassignment(principalid=5,roledefid=7)",
            "web/roleassignments/addroleassignment",
        ),
        ("Microsoft.Online.SharePoint.TenantAdministration.Tenant/sites('a')", "spo.tenant/sites(*)"),
        ("web/navigation/quicklaunch(5)/children", "web/navigation/quicklaunch(*)/children"),
        (
            "Microsoft.Sharepoint.Utilities.WebTemplateExtensions.SiteScriptUtility.ExecuteTemplateScript()",
            "sitescriptutility.executetemplatescript",
        ),
    ],
)
def test_shapes(expression: str, shape: str) -> None:
    assert read(f"/sites/x/_api/{expression}").shape == shape


def test_either_entrance_and_the_site_before_it() -> None:
    assert read("/sites/x/_vti_bin/client.svc/web").site_path == "/sites/x"
    assert read("/_API/web").site_path == ""
    assert parse("/sites/x/SitePages/Home.aspx", {}) is None


def test_keys_and_what_they_mean() -> None:
    assert read("/_api/web/lists(guid'AB')").segments[-1] == Segment("lists", "ab", "id")
    assert read("/_api/web/siteusers(@v)", at_v="'a''b'").segments[-1] == Segment("siteusers", "a'b", "login")
    assert read("/_api/web/siteusers(7)").segments[-1] == Segment("siteusers", 7, "id")
    assert read("/_api/web/breakroleinheritance(true,clearSubscopes=false)").segments[-1].arguments == (
        ("", True),
        ("clearsubscopes", False),
    )


@given(TEXT)
def test_any_title_survives_its_quotes(title: str) -> None:
    quoted = title.replace("'", "''")
    path = read(f"/sites/x/_api/web/lists/getbytitle('{quoted}')/items(3)")
    assert path.segments[1] == Segment("lists", title, "title")
    assert path.segments[2] == Segment("items", 3, "id")


@pytest.mark.parametrize("expression", ["web/lists(", "web/lists('a'", "web/x(y z)", "web/ensureuser(@v)"])
def test_what_cannot_be_read(expression: str) -> None:
    with pytest.raises(BadPath):
        parse(f"/_api/{expression}", {})


@pytest.mark.parametrize(
    ("text", "value"),
    [("'a''b'", "a'b"), ("guid'{AB}'", "ab"), ("12", 12), ("-1", -1), ("1.5", 1.5), ("True", True), ("null", None)],
)
def test_literals(text: str, value: object) -> None:
    assert read_literal(text) == value
