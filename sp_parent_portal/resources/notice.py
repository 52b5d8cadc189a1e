"""Notices: one mail to each guardian and trip, from the school's own mailbox, one recipient a mail.

Mail cannot be sent exactly once by itself. So a draft is made that carries our key in an extended property, the send
is remembered before it is tried, and afterwards the key is looked up among drafts and sent mails. A draft that is still
a draft was not sent. What can be found neither as draft nor as sent cannot be told, and is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import GatewayError, InputError, OutcomeUnknown
from ..microsoft365 import Gateway
from ..microsoft365.model import Draft, Invitation, Mail
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from ..runs.model import Outcome, Status, Step
from ..templates import Message
from .guest import Accounts, judge
from .work import Work, done, email_of, ended, failed, held, unknown

SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Observed:
    """`mails` by our key, as the mailbox has them; None when it could not be read (`why`). `steps` by change key, as
    the run store remembers them for this site."""

    mails: Mapping[str, Mail] | None
    why: str = ""
    steps: Mapping[str, Step] = field(default_factory=dict)


def make_key(slug: str, email: str) -> str:
    """Names one guardian's mail for one trip; 32 hex digits."""
    return hashlib.sha256(f"{slug}\n{email}".encode()).hexdigest()[:32]


def observe(gateway: Gateway, desired: Desired, steps: Mapping[str, Step]) -> Observed:
    if desired.trip.notify.by != "mailbox":
        return Observed({}, steps=steps)
    try:
        return Observed(_find_mails(gateway, desired.slug), steps=steps)
    except GatewayError as error:
        return Observed(None, f"the mailbox {gateway.mailbox} cannot be read: {error.message}", steps)


def _find_mails(gateway: Gateway, slug: str) -> dict[str, Mail]:
    """By key; where a key has a sent mail, that one and no draft."""
    mails: dict[str, Mail] = {}
    for mail in gateway.graph.find_mails(gateway.mailbox, slug):
        if mail.key not in mails or mails[mail.key].is_draft:
            mails[mail.key] = mail
    return mails


def diff(desired: Desired, observed: Observed, accounts: Accounts) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    if observed.mails is None:
        ask = (
            "check SPP_MAILBOX, let the application read and write mail there (Mail.ReadWrite, Mail.Send), or choose "
            "another notify.by in the trip's file"
        )
        return (), (Held(desired.slug, "notices", f"who was told already is UNKNOWN: {observed.why}", ask),)
    changes, out = [], []
    for guardian in desired.guardians:
        if judge(guardian.email, accounts, desired.keep_out).why:
            continue
        key = f"{guardian.email} about {desired.slug}"
        standing = _standing(observed.mails.get(make_key(desired.slug, guardian.email)), observed.steps.get(key))
        if standing is Status.UNKNOWN:
            ask = "ask them whether they had it; if not, write to them by hand"
            out.append(
                Held(desired.slug, guardian.email, "whether their mail went out cannot be told: not sent again", ask)
            )
        elif standing is Status.INTENDED:
            fields = (Field("email", None, guardian.email), Field("by", None, desired.trip.notify.by))
            reason = "they were not told of the trip's site yet"
            changes.append(Change("send", "notice", key, fields, reason, Risk.ROUTINE, desired.slug))
    return tuple(changes), tuple(out)


def _standing(mail: Mail | None, step: Step | None) -> Status:
    """DONE: told. INTENDED: to be sent. UNKNOWN: cannot be told."""
    if step is not None and step.outcome.status in (Status.DONE, Status.ALREADY):
        return Status.DONE  # also when somebody tidied the sent mail away, or Drafts still show it for a moment
    if mail is not None:
        return Status.INTENDED if mail.is_draft else Status.DONE
    if step is None or step.outcome.status in (Status.HELD, Status.FAILED):
        return Status.INTENDED
    return Status.UNKNOWN if step.receipt.startswith(SENDING) else Status.INTENDED


def apply(
    work: Work,
    changes: Sequence[Change],
    render: Callable[[str, str], Message],
    write_merge: Callable[[Sequence[tuple[str, str, Message]]], str],
) -> Iterator[Outcome]:
    """`render(name, link)` makes the mail; `write_merge(rows of address, name, mail)` writes the mail-merge file and
    answers its name."""
    out = work.excluded_now([work.guardian(email_of(change)) for change in changes])
    yield from (
        held(c, f"{out[email_of(c)]}: found on reading again just before") for c in changes if email_of(c) in out
    )
    going = [change for change in changes if email_of(change) not in out]
    if not going:
        return
    by = work.desired.trip.notify.by
    if by == "none":
        names = [(email_of(c), work.guardian(email_of(c)).name) for c in going]
        try:
            file = write_merge([(email, name, render(name, work.desired.url)) for email, name in names])
        except InputError as error:
            yield from (failed(change, f"{error.message}; {error.hint}") for change in going)
            return
        yield from (done(change, f"for mail merge, in {file}") for change in going)
    elif by == "microsoft":
        yield from _let_microsoft_send(work, going)
    else:
        yield from _send(work, going, render)


# ---- our own mailbox -------------------------------------------------------------------------------------------------


def _send(work: Work, changes: Sequence[Change], render: Callable[[str, str], Message]) -> Iterator[Outcome]:
    graph, mailbox, slug = work.gateway.graph, work.gateway.mailbox, work.desired.slug
    mails = _find_mails(work.gateway, slug)
    drafts: dict[Change, str] = {}
    missing: list[Change] = []
    for change in changes:
        mail = mails.get(make_key(slug, email_of(change)))
        if mail is None:
            missing.append(change)
        elif mail.is_draft and mail.to == email_of(change) and not mail.others:
            drafts[change] = mail.id
        elif mail.is_draft:
            yield failed(change, "somebody changed to whom its draft goes; delete that draft in the mailbox")
        else:
            yield Outcome(change, Status.ALREADY, "sent by an earlier run")
    answers = graph.create_drafts(mailbox, [_draft(work, change, render) for change in missing])
    for change, answer in zip(missing, answers, strict=True):
        if answer.value is not None:
            drafts[change] = answer.value.id
        else:  # nothing was sent; a draft that may have been made is found by its key next time
            yield failed(change, answer.error.message if answer.error else "no draft was made")
    yield from _send_drafts(work, drafts)


def _draft(work: Work, change: Change, render: Callable[[str, str], Message]) -> Draft:
    guardian = work.guardian(email_of(change))
    message = render(guardian.name, work.desired.url)
    slug = work.desired.slug
    return Draft(make_key(slug, guardian.email), slug, guardian.email, message.subject, message.html)


def _send_drafts(work: Work, drafts: Mapping[Change, str]) -> Iterator[Outcome]:
    if not drafts:
        return
    work.remember({change: f"{SENDING} {mail_id}" for change, mail_id in drafts.items()})
    answers = work.gateway.graph.send_drafts(work.gateway.mailbox, list(drafts.values()))
    lost: list[Change] = []
    for change, answer in zip(drafts, answers, strict=True):
        if answer.error is None:
            yield done(change)
        elif isinstance(answer.error, OutcomeUnknown):
            lost.append(change)
        else:
            work.remember({change: ""})
            yield ended(change, answer.error)
    yield from _look_up(work, lost)


def _look_up(work: Work, lost: Sequence[Change]) -> Iterator[Outcome]:
    """The answer to a send was lost. Sent Items prove it; a draft may still be on its way out, so it is only said, and
    the next run, which finds it still a draft, sends it."""
    waiting = {make_key(work.desired.slug, email_of(change)): change for change in lost}
    for _ in work.tries():
        if not waiting:
            return
        try:
            mails = _find_mails(work.gateway, work.desired.slug)
        except GatewayError:
            continue
        for key in [key for key in waiting if key in mails and not mails[key].is_draft]:
            yield done(waiting.pop(key), "the answer was lost; found among the sent mails")
    yield from (
        unknown(change, "the answer was lost and no sent mail is found; not sent again by itself")
        for change in waiting.values()
    )


# ---- Microsoft sends -------------------------------------------------------------------------------------------------


def _let_microsoft_send(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """An invitation with Microsoft's own mail. It cannot be looked up afterwards, so a lost answer stays unknown."""
    work.remember(dict.fromkeys(changes, SENDING))
    answers = work.gateway.graph.invite(
        [
            Invitation(email_of(change), work.guardian(email_of(change)).name, work.desired.url, message=True)
            for change in changes
        ]
    )
    for change, answer in zip(changes, answers, strict=True):
        if answer.error is None:
            yield done(change)
            continue
        if not isinstance(answer.error, OutcomeUnknown):
            work.remember({change: ""})
        yield ended(change, answer.error)
