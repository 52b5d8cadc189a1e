"""From files and tenant to a plan with all that applying it needs; one place for every command that plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from .contact_shelf import Baseline, find_baseline, open_shelf
from .errors import InputError
from .microsoft365 import Gateway
from .observing import observe_trips
from .plan.applier import TripTools
from .plan.desired import Desired
from .plan.model import Held, Plan, Risk
from .plan.planner import TripObserved, list_parts, make_plan, make_tenant_plan
from .reports.mail_merge import write_mail_merge
from .resources import guest, tenant_sharing
from .resources.drift import ByHand, keep
from .resources.hub import find_hub, join_hub
from .resources.work import Known, Work
from .runs.locks import find_token, trip_lock
from .runs.store import RunStore
from .school import School, load_school
from .staff_site import add_staff_sites
from .template_place import load_placed
from .templates import make_message
from .trip_wish import combine, load_wish, make_excluded_now
from .trips import Portal, Trip

SMALLER_LIST = "smaller-list"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it was made from. `desired`, `observed` and `tools` are by the trip's slug. `broken` is what is
    wrong in the files: then the plan holds only what must be removed at once, and nothing else may be done. `unread`
    are trips that could not be read: they are held, and nothing else here knows them but `tools` and the plan where
    somebody must be removed from one of them at once."""

    plan: Plan
    broken: InputError | None
    school: School
    desired: dict[str, Desired]
    observed: dict[str, TripObserved]
    accounts: guest.Accounts
    tools: dict[str, TripTools]
    unread: tuple[Held, ...] = ()

    @property
    def closed(self) -> dict[str, str]:
        """The days on which trips were closed, by slug; a site for staff ends and comes back with its trip."""
        trips = {slug: each for slug, each in self.observed.items() if not self.desired[slug].staff}
        return {slug: each.closed for slug, each in trips.items() if each.closed}

    @property
    def archived(self) -> frozenset[str]:
        """The trips whose sites are archived, closed ones and others."""
        return frozenset(slug for slug, each in self.observed.items() if each.site and each.site.is_archived)


def plan_trips(
    gateway: Gateway,
    store: RunStore,
    portal: Portal,
    trips: Sequence[Trip],
    allowed: frozenset[Risk] = frozenset(),
    *,
    smaller_allowed: bool = False,
    by_hand: ByHand = ByHand.ASK,
    unusable: InputError | None = None,
    today: date | None = None,
    sleep: Callable[[float], None] | None = None,
    observed_one: Callable[[], None] = lambda: None,
) -> Planned:
    """Load, observe, compare. Raises ContactListError when nobody can say who must stay out, GatewayError when a read
    fails that the plan cannot do without: where trips can still be read, or somebody must be removed from one at once,
    only those whose reading failed are held.
    `unusable` is what is wrong with trips that are not among these; `observed_one` is called after each trip was
    observed."""
    baseline = find_baseline(store, open_shelf(gateway.target, portal))
    now = today or datetime.now(UTC).astimezone().date()
    school = load_school(portal, Baseline() if smaller_allowed else baseline, now, gateway)
    wishes = {
        trip.slug: load_wish(school, trip, gateway.tenant_host, store.find_people(gateway.target, trip.slug))
        for trip in trips
    }
    hub, no_hub = _find_hub(gateway, portal)
    desired = {slug: join_hub(wish.desired, hub) for slug, wish in wishes.items()}
    desired = add_staff_sites(desired, gateway.tenant_host, portal)
    errors = [unusable, no_hub, *(wish.error for wish in wishes.values())]
    broken = school.broken or combine([error for error in errors if error is not None])
    tenant = tenant_sharing.observe(gateway)
    # Before observing: whoever takes the lock from here on may change what is observed.
    locks = {slug: find_token(store.engine, trip_lock(gateway.target, slug)) for slug in desired}
    seen = observe_trips(gateway, store, desired, portal.sites.at_once, observed_one)
    whole = {slug: each for slug, each in desired.items() if slug in seen.whole}
    accounts = guest.observe(gateway, sorted({g.email for each in whole.values() for g in each.guardians}))
    whole, own = _leave_out(whole, guest.find_own_addresses(gateway, accounts))
    known = [(each, seen.whole[slug]) for slug, each in whole.items()]
    known += [(desired[slug], people) for slug, people in seen.people.items()]
    plan = make_plan(gateway.target, tenant, known, accounts, portal.safety, allowed, by_hand)
    if seen.failed and not seen.whole and not plan.changes:
        raise next(iter(seen.failed.values()))
    held = sorted({*plan.held, *seen.held, *own}, key=lambda h: (h.trip, h.subject, h.reason))
    plan = replace(plan, held=tuple(held))
    if broken is not None:
        plan = replace(plan, changes=tuple(change for change in plan.changes if change.urgent))
    tools = {
        each.slug: _make_tools(gateway, school, each, observed, accounts, sleep or gateway.pause, locks[each.slug])
        for each, observed in known
    }
    return Planned(plan, broken, school, whole, seen.whole, accounts, tools, seen.held)


def _leave_out(desired: Mapping[str, Desired], why: Mapping[str, str]) -> tuple[dict[str, Desired], list[Held]]:
    """The trips without the guardians whose addresses `why` names, who are held. None of them has an account."""
    ask = "correct the address in the contact list; a domain of the school belongs into internal_domains"
    held = [
        Held(slug, guardian.email, why[guardian.email], ask)
        for slug, each in desired.items()
        for guardian in each.guardians
        if guardian.email in why
    ]
    left = {
        slug: replace(each, guardians=tuple(guardian for guardian in each.guardians if guardian.email not in why))
        for slug, each in desired.items()
    }
    return left, held


def _find_hub(gateway: Gateway, portal: Portal) -> tuple[str, InputError | None]:
    """A hub that is none any more is a mistake in the file: what must be removed at once is removed all the same."""
    try:
        return find_hub(gateway, portal), None
    except InputError as error:
        return "", error


def _make_tools(
    gateway: Gateway,
    school: School,
    desired: Desired,
    observed: TripObserved,
    accounts: guest.Accounts,
    sleep: Callable[[float], None],
    token: int,
) -> TripTools:
    ids = {}
    for guardian in desired.guardians:
        judged = guest.judge(guardian.email, accounts, desired.keep_out)
        if judged.guest is not None:
            ids[guardian.email] = judged.guest.id
    parts = list_parts(desired, observed)
    known = Known(
        site_id=observed.site.id if observed.site else "",
        building=observed.building,
        group_id=observed.group.id if observed.group else "",
        user_ids=ids,
        marker=observed.marker,
        parts={part.key: part for part in parts},
        memory=keep(parts, observed.marker.memory),
        files={name: file.id for name, file in observed.files.files.items()} if observed.files else {},
    )
    if observed.content is not None:
        known.web_id, known.lists = observed.content.web.id, observed.content.lists.lists
    work = Work(gateway, desired, known, make_excluded_now(school, desired.trip), sleep)
    return TripTools(
        work,
        lambda name, link: make_message(load_placed(desired.trip.template, school.portal), desired.trip, name, link),
        lambda rows, gone: write_mail_merge(desired.trip, desired.url, rows, gone),
        token,
    )


def plan_tenant(gateway: Gateway, portal: Portal) -> tuple[Plan, tenant_sharing.Observed]:
    """What portal.toml asks of the tenant's sharing against what both of Microsoft's doors say."""
    observed = tenant_sharing.observe(gateway)
    return make_tenant_plan(gateway.target, tenant_sharing.diff(portal.tenant, observed)), observed
