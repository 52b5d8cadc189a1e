"""Files that are sent in parts, their bytes, and pages that become news."""

from __future__ import annotations

from typing import Any

from tests.contract.sharepoint_bench import LAKES, Bench

FOLDER = f"{LAKES}/_api/web/GetFolderByServerRelativePath(DecodedUrl='SiteAssets')"
FILE = f"{LAKES}/_api/web/GetFileByServerRelativePath(DecodedUrl='/sites/lakes/SiteAssets/a.png')"
ONE, TWO = "guid'7c9e6679-7425-40de-944b-e07fc1f90ae7'", "guid'7c9e6679-7425-40de-944b-e07fc1f90ae8'"


def begin(bench: Bench) -> None:
    bench.read("POST", f"{FOLDER}/Files/AddUsingPath(DecodedUrl='a.png',overwrite=true)", "old")


def send(bench: Bench, call: str, body: str) -> Any:
    return bench.ask("POST", f"{FILE}/{call}", body)


def test_a_file_in_parts_is_whole_only_at_the_end() -> None:
    bench = Bench()
    begin(bench)
    assert send(bench, f"StartUpload(uploadId={ONE})", "new").get_json() == {"value": "3"}
    assert send(bench, f"ContinueUpload(uploadId={ONE},fileOffset=3)", " and").get_json() == {"value": "7"}
    assert bench.ask("GET", f"{FILE}/$value").get_data() == b"old"
    done = send(bench, f"FinishUpload(uploadId={ONE},fileOffset=7)", " longer").get_json()
    assert (done["Name"], done["Length"]) == ("a.png", "14")
    assert bench.ask("GET", f"{FILE}/$value").get_data() == b"new and longer"
    assert send(bench, f"ContinueUpload(uploadId={ONE},fileOffset=14)", "x").status_code == 400


def test_parts_that_do_not_follow_are_refused() -> None:
    bench = Bench()
    begin(bench)
    send(bench, f"StartUpload(uploadId={ONE})", "new")
    assert send(bench, f"ContinueUpload(uploadId={ONE},fileOffset=2)", "x").status_code == 400
    assert send(bench, f"FinishUpload(uploadId={TWO},fileOffset=3)", "x").status_code == 400
    assert bench.ask("POST", f"{FILE}/CancelUpload(uploadId={ONE})").status_code == 200
    assert send(bench, f"FinishUpload(uploadId={ONE},fileOffset=3)", "x").status_code == 400
    assert bench.ask("GET", f"{FILE}/$value").get_data() == b"old"


def test_a_page_becomes_news_once_it_is_published() -> None:
    bench = Bench()
    page = bench.read("POST", f"{LAKES}/_api/sitepages/pages", {"Name": "a.aspx"})
    address = f"{LAKES}/_api/sitepages/pages({page['Id']})"
    assert bench.ask("POST", f"{address}/promoteToNews", {}).status_code == 400
    bench.read("POST", f"{address}/publish", {})
    bench.read("POST", f"{address}/promoteToNews", {})
    assert bench.read("GET", address)["PromotedState"] == 2
