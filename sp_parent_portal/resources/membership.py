"""Memberships: guest × trip group. What a guardian may see hangs on this alone."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

from ..errors import GatewayError, OutcomeUnknown
from ..microsoft365.model import Answer, DirectoryUser, Group
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .accounts import addresses_of, known_by
from .guest import Accounts, judge
from .work import Work, done, email_of, ended, held, unknown

OLD_TOKENS = "Microsoft may honour what they have open for about an hour"


def diff(desired: Desired, members: Sequence[DirectoryUser], accounts: Accounts) -> tuple[Change, ...]:
    return (*_removals(desired, members), *_additions(desired, members, accounts))


def diff_urgent(desired: Desired, members: Sequence[DirectoryUser]) -> tuple[Change, ...]:
    """Only what an exclusion or the trip's end asks for: right even where nothing else may be believed."""
    return tuple(change for change in _removals(desired, members) if change.urgent)


def diff_nested(desired: Desired, groups: Sequence[Group]) -> tuple[Change, ...]:
    """A group in the trip group lets in whoever is in it, unscreened and unseen: it goes at once, whatever it is."""
    return tuple(
        Change(
            "remove",
            "membership",
            f"group {group.name} in {desired.slug}",
            (Field("group", group.name, None), Field("account", group.id, None)),
            "only guardians belong there, not groups",
            Risk.REMOVES_ACCESS,
            desired.slug,
            urgent=True,
        )
        for group in groups
    )


def _removals(desired: Desired, members: Sequence[DirectoryUser]) -> Iterator[Change]:
    wanted = {guardian.email for guardian in desired.guardians}
    for member in members:
        excluded = sorted(known_by(member) & desired.keep_out.keys())
        if desired.expired:
            yield _remove(desired, member, "access_until is over", urgent=True)
        elif excluded:
            yield _remove(desired, member, desired.keep_out[excluded[0]], urgent=True)
        elif not desired.distrust and not addresses_of(member) & wanted:
            yield _remove(desired, member, _why_gone(desired, member), urgent=False)


def _why_gone(desired: Desired, member: DirectoryUser) -> str:
    told = (desired.why[email] for email in sorted(known_by(member)) if email in desired.why)
    return next(told, "the files name them no longer")


def _remove(desired: Desired, member: DirectoryUser, reason: str, *, urgent: bool) -> Change:
    email = member.email or member.upn.lower()
    fields = (Field("email", email, None), Field("account", member.id, None))
    key = f"{email} in {desired.slug}"
    return Change("remove", "membership", key, fields, reason, Risk.REMOVES_ACCESS, desired.slug, urgent)


def _additions(desired: Desired, members: Sequence[DirectoryUser], accounts: Accounts) -> Iterator[Change]:
    if desired.expired or desired.distrust:
        return
    there = {member.id for member in members}
    for guardian in desired.guardians:
        judged = judge(guardian.email, accounts, desired.keep_out)
        if judged.why or (judged.guest is not None and judged.guest.id in there):
            continue
        fields = (Field("email", None, guardian.email),)
        key = f"{guardian.email} in {desired.slug}"
        why = desired.why.get(guardian.email, "guardian of the trip")
        yield Change("create", "membership", key, fields, why, Risk.ROUTINE, desired.slug)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    removals = [change for change in changes if change.verb == "remove"]
    if removals:
        yield from _apply_removals(work, removals)
    additions = [change for change in changes if change.verb == "create"]
    if additions:
        yield from _apply_additions(work, additions)


def _apply_removals(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    ids = {change: _account_of(change) for change in changes}
    answers = work.gateway.graph.remove_members(work.known.group_id, list(ids.values()))
    left = yield from _read_back(work, ids, answers, present=False, detail=OLD_TOKENS)
    yield from (unknown(change, "taken out, but the group still shows them; run apply again") for change in left)


def _apply_additions(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    out = work.excluded_now([work.guardian(email_of(change)) for change in changes])
    going: list[Change] = []
    for change in changes:
        email = email_of(change)
        if email in out:
            yield held(change, f"{out[email]}: found on reading again just before")
        elif email not in work.known.user_ids:
            yield held(change, "they have no guest account yet")
        elif not work.known.group_id:
            yield held(change, "the trip group is not there")
        else:
            going.append(change)
    if not going:
        return
    ids = {change: work.known.user_ids[email_of(change)] for change in going}
    answers = work.gateway.graph.add_members(work.known.group_id, list(ids.values()))
    left = yield from _read_back(work, ids, answers, present=True, detail="")
    yield from (unknown(change, "added, but the group does not show them; run apply again") for change in left)


def _read_back(
    work: Work, ids: Mapping[Change, str], answers: Sequence[Answer[None]], *, present: bool, detail: str
) -> Generator[Outcome, None, list[Change]]:
    """Reads the group until it shows every account (or none of them) whose write was not refused; returns the changes
    for which it never did."""
    waiting = dict(ids)
    for change, answer in zip(ids, answers, strict=True):
        if answer.error is not None and not isinstance(answer.error, OutcomeUnknown):
            del waiting[change]
            yield ended(change, answer.error)
    groups = any(each.name == "group" for change in ids for each in change.fields)
    for _ in work.tries():
        if not waiting:
            break
        there = _members_now(work, groups=groups)
        for change in [c for c, account in waiting.items() if there is not None and (account in there) is present]:
            del waiting[change]
            yield done(change, detail)
    return list(waiting)


def _members_now(work: Work, *, groups: bool = False) -> set[str] | None:
    """None when the group could not be read: that says nothing about who is in it. `groups`: those in it too."""
    graph, group_id = work.gateway.graph, work.known.group_id
    try:
        nested = {group.id for group in graph.list_member_groups(group_id)} if groups else set()
        return {member.id for member in graph.list_members(group_id)} | nested
    except GatewayError:
        return None


def _account_of(change: Change) -> str:
    return next(str(each.before) for each in change.fields if each.name == "account")
