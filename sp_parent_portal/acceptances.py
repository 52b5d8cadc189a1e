"""Who accepted whose invitation, by SharePoint's list of external users.

Whoever opens a redemption link first may accept it with an account of their own: the guest is still called after the
guardian, and another person signs in. Only this list keeps both addresses. A row is there from the first time that the
guest enters a site (Microsoft Learn, `Get-SPOExternalUser`: AcceptedAs, InvitedAs; read 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .contacts.addresses import fold_email
from .errors import GatewayError
from .microsoft365 import Gateway
from .microsoft365.model import DirectoryUser
from .resources.accounts import invited_as


@dataclass(frozen=True, slots=True, order=True)
class Acceptance:
    """Both in the form of the contact list. They differ where the invitation was forwarded, or the guardian signs in
    with another address of theirs: nobody but the guardian can tell which."""

    invited_as: str
    accepted_as: str

    @property
    def forwarded(self) -> bool:
        return self.invited_as != self.accepted_as


@dataclass(frozen=True, slots=True)
class Acceptances:
    """What was accepted, by the invited address. `unread` says why the list could not be read to its end, "" when it
    could: whatever is missing is then UNKNOWN."""

    by_address: Mapping[str, frozenset[Acceptance]]
    unread: str = ""

    def of(self, addresses: Iterable[str]) -> tuple[Acceptance, ...]:
        """Of the guest who has these addresses, the sign-in name among them."""
        found = (self.by_address.get(_invited(address), frozenset()) for address in addresses)
        return tuple(sorted(frozenset[Acceptance]().union(*found)))


def observe(gateway: Gateway) -> Acceptances:
    """Raises nothing of the gateway's: what could not be read is in `unread`."""
    found: list[Acceptance] = []
    unread = ""
    try:
        for user in gateway.sharepoint.list_external_users():
            if user.accepted_as:  # one by one: those before a failure are kept
                found.append(Acceptance(fold_email(user.invited_as), fold_email(user.accepted_as)))
    except GatewayError as error:
        unread = f"{type(error).__name__}: {error.message}"
    return make(found, unread)


def make(found: Iterable[Acceptance], unread: str = "") -> Acceptances:
    by_address: dict[str, frozenset[Acceptance]] = {}
    for each in found:
        by_address[each.invited_as] = by_address.get(each.invited_as, frozenset()) | {each}
    return Acceptances(by_address, unread)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Of a trip group: what was accepted with another address than the invited one. `unread` says why not all of it is
    known, "" when it is."""

    acceptances: tuple[Acceptance, ...] = ()
    unread: str = ""

    @property
    def count(self) -> int | None:
        """None is UNKNOWN, never nothing."""
        return None if self.unread else len(self.acceptances)


def make_forwarded(members: Iterable[DirectoryUser], acceptances: Acceptances) -> Forwarded:
    """Where none of the members has accepted yet there is nothing that could be UNKNOWN."""
    accepted = [member for member in members if member.state != "pending"]
    found = {each for member in accepted for each in acceptances.of(member.addresses) if each.forwarded}
    return Forwarded(tuple(sorted(found)), acceptances.unread if accepted else "")


def explain(acceptance: Acceptance) -> str:
    """What a person is told of an invitation that was accepted with another address, and what they can do about it."""
    return (
        f"{acceptance.invited_as} was accepted as {acceptance.accepted_as}: a forwarded link, or another address of "
        "the same person. Ask the guardian. If it is somebody else: block the invited address in exclusions.csv and "
        "apply, which takes them out of every trip; before you let the guardian in again, delete that guest in the "
        "Entra admin centre."
    )


def explain_unread(why: str) -> str:
    return f"who accepted the invitations is UNKNOWN: SharePoint's list of external users could not be read ({why})"


def _invited(address: str) -> str:
    """The address itself, or the one that a sign-in name was made from."""
    return invited_as(address) or fold_email(address)
