"""`contacts generate`, and what `contacts check` makes of it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from sp_parent_portal.cli.app import run


@pytest.mark.parametrize("more", [[], ["--zip"]])
@pytest.mark.parametrize("format", ["sds-v2.1", "sds-v1", "oneroster-1.1", "oneroster-1.2"])
def test_a_generated_list_is_checked(
    format: str, more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    out = tmp_path / "invented"
    words = ["contacts", "generate", "--out", str(out), "--students", "150", "--seed", "7", "--traps", "0.5"]
    assert run([*words, "--format", format, *more]) == 0
    said = capsys.readouterr()
    assert "150 students" in said.err
    assert said.out == ""
    source = str(out / "list.zip" if more else out)
    assert run(["--format", "json", "contacts", "check", source, "--portal", str(out / "portal.toml"), "--rows"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["format"] == format
    with (out / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = [(row["student_id"], row["contact_id"], row["verdict"], row["rule"]) for row in csv.DictReader(file)]
    assert [(row["student"], row["contact"], row["verdict"], row["rule"]) for row in answer["rows"]] == sorted(truth)
    wanted = Counter(verdict for _, _, verdict, _ in truth)
    assert {name: number for name, number in answer["verdicts"].items() if number} == wanted


def test_what_cannot_be_generated_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["contacts", "generate", "--out", str(tmp_path / "x"), "--students", "5", "--seed", "1"]
    assert run([*words, "--format=sds-v3"]) == 2
    assert "sds-v2.1" in capsys.readouterr().err
    assert run([*words, "--traps", "2"]) == 2
    assert run(words) == 0
    assert run(words) == 2
    assert "not empty" in capsys.readouterr().err
