"""A saved plan, and whether what is planned now is still what was approved."""

from __future__ import annotations

import json

from ..errors import InputError, PlanChanged
from .model import Change, Held, Plan


def read_plan(text: str, file: str) -> Plan:
    """Raises InputError when the text is no plan of ours or was changed after it was saved."""
    try:
        data = json.loads(text)
        plan = Plan(
            target=str(data["target"]),
            changes=tuple(Change.from_data(each) for each in data["changes"]),
            held=tuple(map(Held.from_data, data.get("held", ()))),
        )
        fingerprint = str(data["fingerprint"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{file} is not a saved plan; nothing was done", "make one with plan --out") from None
    if plan.fingerprint != fingerprint:
        raise InputError(
            f"{file} was changed after it was saved: its fingerprint does not fit; nothing was done",
            "plan again with --out and have the new file approved",
        )
    return plan


def check_target(approved: Plan, fresh: Plan) -> None:
    """Raises PlanChanged where the plan was approved for another tenant, or for the emulator: then nothing that is
    planned here was meant by whoever approved, not even what would otherwise be done at once."""
    if approved.target != fresh.target:
        raise PlanChanged(
            f"the plan was approved for {approved.target}, this is {fresh.target}; nothing was done",
            "set SPP_TARGET and SPP_TENANT as they were, or plan again",
        )


def check_approved(approved: Plan, fresh: Plan) -> None:
    """The fresh plan must be the approved one or a part of it (a run that was cut off). Raises PlanChanged."""
    known = {change.identity for change in approved.changes}
    new = [change for change in fresh.changes if change.identity not in known]
    if new:
        kinds = ", ".join(sorted({f"{change.verb} {change.kind}" for change in new}))
        raise PlanChanged(
            f"{len(new)} of {len(fresh.changes)} changes are not in the approved plan ({kinds}); nothing was done",
            "the files or the tenant changed since: plan again and have the new plan approved",
        )
