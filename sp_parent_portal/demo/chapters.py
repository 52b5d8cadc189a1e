"""The demo's chapters, in the order in which they happen. Each calls what the commands call, and tells of it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..acceptances import make_forwarded
from ..acceptances import observe as observe_acceptances
from ..applying import Allowed, Applied, Asked, apply_ready, apply_tenant, make_ready
from ..audit.collect import collect_site
from ..audit.reach import reach
from ..audit.who import audit_who
from ..contact_check import check_contacts
from ..contacts.model import Screened, Verdict
from ..errors import PortalError
from ..licences.counters import count
from ..plan.model import Risk
from ..planning import Planned, plan_tenant
from ..private_files import write_private
from ..reports.contacts_report import contacts_report
from ..reports.on_paper_report import on_paper_report
from ..reports.render import render
from ..reports.report import Column, Report
from ..reports.shapes import (
    licences_report,
    plan_report,
    reach_report,
    run_report,
    status_report,
    who_report,
)
from ..runs.model import Outcome
from ..saved_plan import load_plan, save_plan
from ..status import list_on_paper, make_statuses
from .scene import Scene

OPENS = Allowed(frozenset({Risk.OPENS_ACCESS}))
TENANT_WIDE = Allowed(frozenset({Risk.TENANT_WIDE}))
NEIGHBOUR = "a.neighbour@post.example"


def tell_contact_list(scene: Scene) -> None:
    scene.begin("contacts", "The contact list")
    source = scene.portal.contacts.source
    checked = check_contacts(source, scene.portal, datetime.now(UTC).astimezone().date())
    contacts = checked.contacts.contacts.values()
    scene.say(
        "The school's information system has exported {students} students and {contacts} contacts.\n"
        "{no_email} of the contacts have no e-mail address: whoever they are, they must be told on paper.",
        students=len(checked.contacts.students),
        contacts=len(contacts),
        no_email=sum(not contact.email for contact in contacts),
    )
    scene.show(
        f"contacts check {Path(str(source)).name}/",
        contacts_report(scene.gateway.target, checked, with_rows=False),
    )


def tell_closed_tenant(scene: Scene) -> None:
    scene.begin("closed", f"A teacher plans the trip: {scene.trip.title}")
    planned = scene.plan()
    desired = planned.desired[scene.trip.slug]
    scene.say(
        "{students} pupils go. But this school's Microsoft 365 lets nobody in from outside, so the trip is held:\n"
        "nothing is done, and the teacher reads what to ask for.",
        students=desired.students,
        changes=len(planned.plan.changes),
        held=len(planned.plan.held),
    )
    scene.show(f"plan {scene.trip.slug}", plan_report(planned.plan))


def tell_tenant(scene: Scene) -> None:
    scene.begin("tenant", "The admin opens the tenant exactly as far as trips need")
    scene.say("portal.toml says how far. A trip can never do this; only the admin, and only by name.")
    plan, before = plan_tenant(scene.gateway, scene.portal)
    scene.show("tenant plan", plan_report(plan))
    asked = Asked(scene.portal.file, (), TENANT_WIDE)
    applied = apply_tenant(scene.gateway, scene.store, scene.portal, plan, asked)
    scene.show("tenant apply --allow tenant-wide", run_report(applied.as_data()))
    _, after = plan_tenant(scene.gateway, scene.portal)
    scene.say(
        "The tenant was at {before!r} and is now at {after!r}.", before=before.level.label, after=after.level.label
    )


def tell_plan(scene: Scene) -> Planned:
    scene.begin("plan", "The teacher plans again")
    planned = scene.plan()
    kinds = Counter(change.kind for change in planned.plan.changes)
    desired = planned.desired[scene.trip.slug]
    scene.say(
        "Now there is a plan of {changes} changes: a site from the template {template}, {guests} guest accounts,\n"
        "{memberships} memberships of the trip's group, and {mails} mails, one for each guardian.",
        changes=len(planned.plan.changes),
        template=desired.content.template,
        guests=kinds["guest"],
        memberships=kinds["membership"],
        mails=kinds["notice"],
    )
    scene.show(f"plan {scene.trip.slug} --out plan.json", plan_report(planned.plan))
    save_plan(scene.folder / "plan.json", planned.plan, scene.portal, scene.trips)
    return planned


def tell_apply(scene: Scene, planned: Planned) -> Applied:
    scene.begin("apply", "And applies it")
    file = scene.folder / "plan.json"
    ready = make_ready(planned, OPENS, load_plan(file).plan)
    asked = Asked(scene.portal.file, (str(file),), OPENS)
    applied = apply_ready(ready, planned, scene.store, asked, _ignore)
    mails = [mail for mail in scene.client.list_outbox() if mail["kind"] == "mail"]
    scene.show("apply plan.json --allow opens-access", run_report(applied.as_data()))
    counts = applied.as_data()["counts"]
    scene.say(
        "{done} of {changes} changes are done; every one was recorded before and after. {mails} mails went out,\n"
        "each to one guardian alone, each with the address of the site. What they read lies in outbox/.",
        done=counts["done"],
        changes=len(planned.plan.changes),
        mails=len(mails),
    )
    write_private(scene.folder / "run.json", json.dumps(applied.as_data(), indent=2) + "\n")
    _save_mails(scene, mails)
    return applied


def _ignore(outcome: Outcome) -> None:
    """The demo shows the end of a run, not its progress."""


def _save_mails(scene: Scene, mails: list[dict[str, Any]]) -> None:
    outbox = scene.folder / "outbox"
    outbox.mkdir(mode=0o700)
    for number, mail in enumerate(mails, start=1):
        write_private(outbox / f"{number:03}-{_file_name(str(mail['to']))}.html", str(mail["html"]))


def _file_name(text: str) -> str:
    return "".join(char if char.isalnum() or char in "@.-_" else "_" for char in text)


def tell_guardians(scene: Scene) -> None:
    scene.begin("guardians", "Guardians open the site")
    told = sorted(str(mail["to"]) for mail in scene.client.list_outbox() if mail["kind"] == "mail")
    visitors, forwarder = told[:3], told[3]
    seen = [scene.client.visit(email, scene.trip.slug) for email in visitors]
    scene.say(
        "{visitors} of them follow the link and sign in with the address that the school has: {let_in} get in.",
        visitors=len(visitors),
        let_in=sum(bool(each["allowed"]) for each in seen),
    )
    scene.show(f"emulator visit {visitors[0]} {scene.trip.slug}", _visit_report(scene, seen[0]))
    scene.client.redeem(forwarder, NEIGHBOUR)
    forwarded = [each for each in scene.gateway.sharepoint.list_external_users() if each.invited_as != each.accepted_as]
    scene.say(
        "Our mails hold no redemption link, for whoever has one can use it. This is what happens when one gets out\n"
        "and is forwarded: {forwarded} guest was invited as {invited_as} and accepted as {accepted_as},\n"
        "and both addresses are on record: `status` and `audit site` tell of it, and what to do, further below.",
        forwarded=len(forwarded),
        invited_as=forwarded[0].invited_as,
        accepted_as=forwarded[0].accepted_as,
    )


def _visit_report(scene: Scene, seen: dict[str, Any]) -> Report:
    row = {"email": seen["email"], "because": seen["because"], "lists": ", ".join(seen["lists"])}
    columns = (Column("email", "who"), Column("because", "by"), Column("lists", "sees"))
    return Report(scene.gateway.target, "The site opened", seen, columns, (row,))


def tell_exclusion(scene: Scene, planned: Planned) -> None:
    scene.begin("excluded", "Somebody who must stay out")
    blocked = find_blocked(planned, scene.trip.slug)
    seen = scene.client.visit(blocked.email, scene.trip.slug)
    rows = audit_who(scene.gateway, blocked.email)
    scene.say(
        "The school's exclusions keep {email} out. The plan left them out and nobody wrote to them; they can reach\n"
        "{sites} sites. Why is written nowhere in here: only the school knows.",
        email=blocked.email,
        sites=sum(row.level != "UNKNOWN" for row in rows),
        allowed=seen["allowed"],
        mails=sum(mail["to"] == blocked.email for mail in scene.client.list_outbox()),
    )
    scene.show(f"audit who {blocked.email}", who_report(scene.gateway.target, blocked.email, rows))


def find_blocked(planned: Planned, slug: str) -> Screened:
    """The first contact with an address whom an exclusion keeps out of the trip."""
    for row in planned.desired[slug].screened:
        if row.verdict is Verdict.BLOCK and row.rule == "exclusion" and row.email:
            return row
    raise PortalError("the sample school excludes nobody from the trip", "the demo's data is not as it was shipped")


def tell_status(scene: Scene) -> None:
    scene.begin("status", "Where the trip stands")
    planned = scene.plan()
    (status,) = make_statuses(planned)
    forwarded = make_forwarded(planned.observed[status.trip].members, observe_acceptances(scene.gateway))
    people = list_on_paper(planned)
    scene.say(
        "Of {wanted} guardians {invited} are in: {redeemed} have signed in, {pending} not yet. {held} are held back\n"
        "for somebody to look at, and {on_paper} have no e-mail address; who they are is in paper-list.csv.\n"
        "Of the invitations that were accepted, somebody should ask about {forwarded}: another address accepted.",
        wanted=status.wanted,
        invited=status.invited,
        redeemed=status.redeemed,
        pending=status.pending,
        held=status.held,
        on_paper=len(people),
        forwarded=forwarded.count,
    )
    report = on_paper_report(scene.gateway.target, people)
    write_private(scene.folder / "paper-list.csv", render(report, "csv"))
    answer = status_report(scene.gateway.target, [status.as_data()], {status.trip: forwarded})
    scene.show(f"status {scene.trip.slug} --on-paper paper-list.csv", answer)


def tell_licences(scene: Scene) -> None:
    scene.begin("licences", "What it costs")
    licences = count(scene.gateway, scene.portal.licences.external_user_budget, datetime.now(UTC))
    scene.say(
        "SharePoint counts {consumed} external users of the {budget} that the school has set aside; the directory has\n"
        "{guests} guests, of whom {redeemed} have signed in.",
        consumed=licences.consumed,
        budget=licences.budget,
        guests=licences.guests,
        redeemed=licences.redeemed,
    )
    scene.show("licences show", licences_report(scene.gateway.target, licences))


def tell_audit(scene: Scene) -> None:
    scene.begin("audit", "Who can reach the site, and by which path")
    snapshot = collect_site(scene.gateway, scene.trip.site_url(scene.gateway.tenant_host))
    rows = reach(snapshot)
    guests = [row for row in rows if row.guest]
    scene.say(
        "Read from the tenant, trusting no file: {people} can reach it, {guests} of them guests, and every guest at\n"
        "the level {levels}. {unknown} parts could not be read.",
        people=sum(row.kind != "unknown" for row in rows),
        guests=len(guests),
        levels=" and ".join(sorted({row.level for row in guests})),
        unknown=sum(row.kind == "unknown" for row in rows),
    )
    report = reach_report(scene.gateway.target, snapshot.url, rows, observe_acceptances(scene.gateway))
    scene.show(f"audit site {snapshot.url}", report)
    write_private(scene.folder / "audit.json", json.dumps(report.data, indent=2) + "\n")


def tell_nothing_left(scene: Scene) -> None:
    scene.begin("again", "And again")
    planned = scene.plan()
    scene.say(
        "Planned once more, {changes} changes are left: run twice, it does nothing.", changes=len(planned.plan.changes)
    )
    scene.show("plan --all --check", plan_report(planned.plan))
