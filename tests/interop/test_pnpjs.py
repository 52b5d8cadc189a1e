"""PnPjs against the emulator: SharePoint and Graph, one by one and in batches."""

from __future__ import annotations

import pytest

from tests.interop.clients import Served
from tests.interop.pnpjs import PnPjs

pytestmark = pytest.mark.xdist_group("PnPjs")


@pytest.fixture(scope="module")
def pnpjs(served: Served, tmp_path_factory: pytest.TempPathFactory) -> PnPjs:
    return PnPjs(served, tmp_path_factory.mktemp("pnpjs"))


def test_a_web(pnpjs: PnPjs) -> None:
    found = pnpjs.run("web")
    assert (found["title"], found["current"]) == ("Lake District", "SharePoint App")
    assert {"Full Control", "Edit", "Read"} <= set(found["roles"])
    assert found["exists"] == [True, False]


def test_a_list_its_columns_items_pages_and_permissions(pnpjs: PnPjs) -> None:
    found = pnpjs.run("list")
    assert found["red"] == [[3, "Rope"], [2, "Hat"]]
    assert found["pages"] == [["Old boots", "Hat"], ["Rope"]]
    assert found["unique"]


def test_a_file_in_a_folder(pnpjs: PnPjs) -> None:
    assert pnpjs.run("file") == {"files": ["letter.txt"], "text": "Dear parents"}


def test_a_page(pnpjs: PnPjs) -> None:
    assert "Welcome" in pnpjs.run("page")


def test_a_communication_site(pnpjs: PnPjs) -> None:
    assert pnpjs.run("site") == {"status": 2, "exists": True}


def test_batches_of_both_services(pnpjs: PnPjs) -> None:
    found = pnpjs.run("batch")
    users, groups = found.pop("users"), found.pop("groups")
    assert found == {
        "title": "Lake District",
        "ensured": "m.bell@school.example",
        "missingList": 404,
        "accounts": 3,
        "missingUser": 404,
    }
    assert users > 2
    assert groups >= 0


def test_pages_of_accounts(pnpjs: PnPjs) -> None:
    assert pnpjs.run("pages") == [2, 1]


def test_nothing_else_can_be_reached(pnpjs: PnPjs) -> None:
    assert pnpjs.run("elsewhere") == ["ERR_NOT_LOOPBACK", "ERR_NOT_LOOPBACK"]
