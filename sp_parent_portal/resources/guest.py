"""Guests: an account in the tenant for each guardian who has none. Made by a Graph invitation that tells nobody."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..contacts.model import Guardian
from ..errors import GatewayError, OutcomeUnknown
from ..microsoft365 import Gateway
from ..microsoft365.model import DirectoryUser, Invitation
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from ..runs.model import Outcome
from .accounts import addresses_of, known_by
from .work import Work, done, email_of, ended, failed, held, unknown

Accounts = Mapping[str, tuple[DirectoryUser, ...]]

OWN_ADDRESS = "the address is of the school's own domain, and no account has it"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the directory says of one wanted address: the guest to use, or why not (`why`); neither: to be invited."""

    guest: DirectoryUser | None
    why: str = ""
    ask: str = ""


def observe(gateway: Gateway, emails: Sequence[str]) -> Accounts:
    """Accounts by wanted address. All guests are paged once; only addresses without one are asked for singly, to learn
    whether a member of the school has them."""
    by_email: dict[str, list[DirectoryUser]] = {email: [] for email in emails}
    for user in gateway.graph.list_guests():
        for address in addresses_of(user) & by_email.keys():
            by_email[address].append(user)
    rest = [email for email, users in by_email.items() if not users]
    accounts = gateway.graph.find_users(rest) if rest else {}
    return {email: tuple(users) or accounts.get(email, ()) for email, users in by_email.items()}


def find_own_addresses(gateway: Gateway, accounts: Accounts) -> dict[str, str]:
    """Addresses that nobody has and that are of a domain of the school itself, by its verified domains, with why: they
    are a colleague's or a pupil's, and Microsoft invites nobody there. Where the domains cannot be read, that is so of
    every address that would be invited. Nothing is asked where everybody has an account."""
    new = [email for email, users in accounts.items() if not users]
    if not new:
        return {}
    try:
        domains = set(gateway.graph.get_organization().verified_domains)
    except GatewayError as error:
        return dict.fromkeys(new, f"it is UNKNOWN whether the address is the school's own: {error.message}")
    return {email: OWN_ADDRESS for email in new if email.rpartition("@")[2] in domains}


def judge(email: str, accounts: Accounts, keep_out: Container[str]) -> Judged:
    """`keep_out` are the addresses that must not come in: nor may an account that has one of them beside this one."""
    users = accounts.get(email, ())
    members = [user for user in users if not user.is_guest]
    if members:
        return Judged(None, "the address belongs to an account of the school itself", "give them access as a colleague")
    if len(users) > 1:
        return Judged(None, f"{len(users)} guests have the address", "delete in Entra the one that is not theirs")
    if users and not users[0].enabled:
        return Judged(None, "their guest account is blocked from signing in", "unblock it in Entra if that is right")
    if users and any(address in keep_out for address in known_by(users[0])):
        return Judged(None, "their account also has an address that is excluded", "ask whose account it is")
    return Judged(users[0] if users else None)


def diff(desired: Desired, accounts: Accounts) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    changes, out = [], []
    for guardian in desired.guardians:
        judged = judge(guardian.email, accounts, desired.keep_out)
        if judged.why:
            out.append(Held(desired.slug, guardian.email, judged.why, judged.ask))
        elif judged.guest is None:
            changes.append(_make_change(desired, guardian))
    return tuple(changes), tuple(out)


def _make_change(desired: Desired, guardian: Guardian) -> Change:
    fields = (Field("email", None, guardian.email),)
    students = len(guardian.student_ids)
    reason = f"guardian of {students} student{'s' if students > 1 else ''} of the trip"
    return Change("create", "guest", guardian.email, fields, reason, Risk.ROUTINE, desired.slug)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Invite in bulk, then read every account back by its id: it must be a guest with the invited address. So must one
    that this run has made for another trip."""
    out = work.excluded_now([work.guardian(email_of(change)) for change in changes])
    going = [change for change in changes if email_of(change) not in out]
    yield from (held(c, f"{out[email_of(c)]}: found on reading again just before") for c in changes if c not in going)
    ids = work.known.user_ids
    made = {change: ids[email_of(change)] for change in going if email_of(change) in ids}
    going = [change for change in going if change not in made]
    answers = work.gateway.graph.invite(
        [Invitation(email_of(change), work.guardian(email_of(change)).name, work.desired.url) for change in going]
    )
    for change, answer in zip(going, answers, strict=True):
        if answer.value is not None:
            made[change] = answer.value
        elif not isinstance(answer.error, OutcomeUnknown):
            yield ended(change, answer.error) if answer.error else failed(change, "no answer for this person")
    yield from _read_back(work, made)
    lost = [c for c, a in zip(going, answers, strict=True) if isinstance(a.error, OutcomeUnknown)]
    yield from _look_up(work, lost)


def _read_back(work: Work, made: Mapping[Change, str]) -> Iterator[Outcome]:
    waiting = dict(made)
    for _ in work.tries():
        if not waiting:
            return
        users = work.gateway.graph.get_users(list(waiting.values()))
        for change, user_id in tuple(waiting.items()):
            user = users.get(user_id)
            if user is None:
                continue
            del waiting[change]
            yield _check(work, change, (user,))
    yield from (
        unknown(c, "invited, but the directory does not show the account yet; run apply again") for c in waiting
    )


def _look_up(work: Work, lost: Sequence[Change]) -> Iterator[Outcome]:
    """The answer was lost: look for the account. Inviting again would be harmless, for it tells nobody and gives the
    same account, but only the next run does it, after reading."""
    waiting = {email_of(change): change for change in lost}
    for _ in work.tries():
        if not waiting:
            return
        for email, users in work.gateway.graph.find_users(list(waiting)).items():
            if users:
                yield _check(work, waiting.pop(email), users)
    yield from (
        unknown(c, "the answer was lost and the directory shows no account; run apply again") for c in waiting.values()
    )


def _check(work: Work, change: Change, users: tuple[DirectoryUser, ...]) -> Outcome:
    email = email_of(change)
    if any(not user.is_guest or email not in addresses_of(user) for user in users):
        return failed(change, "the directory answered with an account that is not this guardian's; not let in")
    judged = judge(email, {email: users}, work.desired.keep_out)
    if judged.guest is None:
        return failed(change, f"{judged.why}: {judged.ask}; not let in")
    work.known.user_ids[email] = judged.guest.id
    return done(change)
