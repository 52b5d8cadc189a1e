"""What one more trip in a run costs: HTTP requests, and SharePoint's resource units at the prices of limits.toml.

    python -m tests.benchmarks.site_costs
    python -m tests.benchmarks.site_costs --operations school-trip

A trip that is new: planned and applied, its site read back and open, its group made, its one guardian (who has an
account already) in it, nobody written to. What a run asks once whatever the number of its trips is left out: the costs
of two trips less those of one. `base` is no template of ours: eight lists and nothing else. The counts do not vary;
tests/contract/test_site_costs.py keeps them from growing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from sp_parent_portal import templates
from tests.stage import Stage, not_done

BASE = "base"
DECLARATION = """\
name = "base"
version = "1.0.0"
title = "Base"
description = "Eight lists, for counting."
sharing = "existing-guests"
lcid = 2057
site_description = "{{ trip.title }}"

[invite]
subject = "About {{ trip.title }}"

[inputs.destination]
type = "text"
help = "Not used."

[inputs.emergency_phone]
type = "text"
help = "Not used."
"""
MESSAGE = (
    "<p><a href='{{ site.url }}'>{{ trip.title }}</a>, until {{ trip.access_until | day }}. Ask {{ trip.owner }}.</p>"
)


@dataclass(frozen=True)
class Cost:
    requests: int
    units: int
    operations: Counter[str] = field(default_factory=Counter)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.requests - other.requests, self.units - other.units, Counter(self.operations) - other.operations
        )


def cost_of(template: str) -> Cost:
    return _measure(template, 2) - _measure(template, 1)


def _measure(template: str, trips: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder, _gallery(Path(folder)):
        stage = Stage(Path(folder))
        stage.furnish()
        slugs = [f"trip-{number}" for number in range(trips)]
        for slug in slugs:
            stage.write_trip(slug, ["S3"], by="none", title=f"Trip {slug}", template=template)
            _give_inputs(stage, slug, template)
        before, sent = stage.client.get_usage(), len(stage.wire.seen)
        planned = stage.plan(*slugs)
        if planned.broken is not None or planned.plan.held:
            raise RuntimeError(planned.broken or planned.plan.held[0].reason)
        outcomes = stage.carry_out(planned)
        after = stage.client.get_usage()
        if not_done(outcomes):
            raise RuntimeError(not_done(outcomes)[0])
        operations = Counter(after["by_operation"])
        operations.subtract(before["by_operation"])
        units = after["sharepoint_units"] - before["sharepoint_units"]
        requests = [each for each in stage.wire.seen[sent:] if "login.microsoftonline.com" not in each]
        return Cost(len(requests), units, operations)


def _give_inputs(stage: Stage, slug: str, template: str) -> None:
    """Those of the template's own example."""
    example = templates._home() / template / "example" / "trip.toml"
    if not example.exists():
        return
    inputs = example.read_text(encoding="utf-8").split("[inputs]", 1)[1].split("\n[", 1)[0]
    path = stage.folder / "trips" / slug / "trip.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[inputs]")
    path.write_text(f"{head}[inputs]{inputs}\n[{rest.split('[', 1)[1]}", encoding="utf-8")


@contextmanager
def _gallery(folder: Path) -> Iterator[None]:
    """Our templates and the base shape."""
    home = folder / "site_templates"
    shutil.copytree(templates._home(), home)
    base = home / BASE
    (base / "messages").mkdir(parents=True)
    (base / "template.toml").write_text(DECLARATION, encoding="utf-8")
    lists = [{"verb": "createSPList", "listName": f"List {n}", "templateType": 100} for n in range(1, 9)]
    (base / "site-script.json").write_text(json.dumps({"actions": lists}), encoding="utf-8")
    (base / "messages" / "invite.html.j2").write_text(MESSAGE, encoding="utf-8")
    with mock.patch.object(templates, "_home", return_value=home):
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--operations", metavar="TEMPLATE", help="what one of them is made of")
    asked = parser.parse_args()
    if asked.operations:
        for operation, number in sorted(cost_of(asked.operations).operations.items()):
            print(f"{number:4} {operation}")
        return
    print(f"{'template':20} {'requests':>8} {'SharePoint units':>17}")
    for name in (BASE, *(each.name for each in templates.list_templates())):
        cost = cost_of(name)
        print(f"{name:20} {cost.requests:8} {cost.units:17}")


if __name__ == "__main__":
    main()
