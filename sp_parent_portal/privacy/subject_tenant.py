"""What the tenant holds of one guardian: the guest's account, trip groups, sites, mails, the external user."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..audit.who import audit_who
from ..contacts.addresses import fold_email
from ..microsoft365.model import DirectoryUser
from ..resources.accounts import addresses_of, known_by
from ..resources.trip_group import find_marked, make_nickname
from .subject import SOMEBODY, Entry, Section, Sources, Subject, list_slugs, read_section


def read(sources: Sources, subject: Subject) -> Iterator[Section]:
    yield read_section("guest account", lambda: _accounts(sources, subject))
    yield read_section("trip groups", lambda: _groups(sources, subject))
    yield read_section("mails", lambda: _mails(sources, subject))
    yield read_section("external user (SharePoint)", lambda: _external(sources, subject))
    yield _sites(sources, subject)


def _accounts(sources: Sources, subject: Subject) -> Iterator[Entry]:
    """By any of its addresses, the one that it was invited with among them."""
    found = {user.id: user for user in sources.gateway.graph.find_users([subject.email])[subject.email]}
    for user in sources.gateway.graph.list_guests():
        if subject.email in known_by(user):
            found[user.id] = user
    for user in found.values():
        present = addresses_of(user)
        others = present - {subject.email, user.upn.lower()}
        yield {
            "id": user.id,
            "sign-in name": user.upn if user.is_guest or subject.email == user.upn.lower() else SOMEBODY,
            # With another address at the account it may be another person's by now.
            "name": SOMEBODY if others else user.name,
            "addresses": ", ".join([*sorted(present & {subject.email}), *([SOMEBODY] if others else [])]),
            "kind": user.kind,
            "invitation": user.state,
            "created": _moment(user.created_at),
            "blocked": not user.enabled,
        }


def _groups(sources: Sources, subject: Subject) -> Iterator[Entry]:
    for slug in list_slugs(sources):
        for group in find_marked(sources.gateway, slug):
            if any(_is(member, subject) for member in sources.gateway.graph.list_members(group.id)):
                yield {"trip": slug, "group": make_nickname(slug)}


def _is(user: DirectoryUser, subject: Subject) -> bool:
    return subject.email in known_by(user)


def _mails(sources: Sources, subject: Subject) -> Iterator[Entry]:
    """Those that this product wrote in the school's mailbox; what Microsoft or a mail merge sent is not there."""
    mailbox = sources.gateway.mailbox
    for slug in list_slugs(sources) if mailbox else ():
        for mail in sources.gateway.graph.find_mails(mailbox, slug):
            if fold_email(mail.to) == subject.email:
                yield {"trip": slug, "state": "draft" if mail.is_draft else "sent", "sent": _moment(mail.sent_at)}


def _external(sources: Sources, subject: Subject) -> Iterator[Entry]:
    for user in sources.gateway.sharepoint.list_external_users():
        if fold_email(user.invited_as) == subject.email:
            own = fold_email(user.accepted_as) in ("", subject.email)
            yield {
                "invited as": user.invited_as,
                "accepted as": user.accepted_as if own else SOMEBODY,
                "name": user.name if own else "",
                "since": _moment(user.created_at),
            }


def _sites(sources: Sources, subject: Subject) -> Section:
    unread: list[str] = []

    def rows() -> Iterator[Entry]:
        for row in audit_who(sources.gateway, subject.email):
            if row.level == "UNKNOWN":
                unread.append(row.site)
            else:
                yield {"site": row.site, "level": row.level}

    found = read_section("sites within reach", rows)
    why = "; ".join(filter(None, [found.unknown, f"not read: {', '.join(unread)}" if unread else ""]))
    return Section(found.name, found.entries, why)


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
