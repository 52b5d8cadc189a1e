"""Who accepted whose invitation, by SharePoint's list of external users.

Whoever opens a redemption link first may accept it with an account of their own: the guest is still called after the
guardian, and another person signs in. Only this list keeps both addresses. A row is there from the first time that the
guest enters a site (Microsoft Learn, `Get-SPOExternalUser`: AcceptedAs, InvitedAs; read 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import GatewayError
from .microsoft365 import Gateway
from .microsoft365.model import GUEST_MARK, DirectoryUser


@dataclass(frozen=True, slots=True, order=True)
class Acceptance:
    """Both lower-case; they differ where the invitation was forwarded, or the guardian signs in with another address
    of theirs: nobody but the guardian can tell which."""

    invited_as: str
    accepted_as: str

    @property
    def forwarded(self) -> bool:
        return self.invited_as != self.accepted_as


@dataclass(frozen=True, slots=True)
class Acceptances:
    """`by_name` holds what was accepted, by the invited address and by the beginning of the sign-in name that is made
    from it. `unread` says why the list could not be read to its end, "" when it could: whatever is missing is then
    UNKNOWN."""

    by_name: Mapping[str, frozenset[Acceptance]]
    unread: str = ""

    def of(self, addresses: Iterable[str]) -> tuple[Acceptance, ...]:
        """Of the guest who has these addresses, the sign-in name among them."""
        found = (self.by_name.get(_name(address), frozenset()) for address in addresses)
        return tuple(sorted(frozenset[Acceptance]().union(*found)))


def observe(gateway: Gateway) -> Acceptances:
    """Raises nothing of the gateway's: what could not be read is in `unread`."""
    found: list[Acceptance] = []
    unread = ""
    try:
        for user in gateway.sharepoint.list_external_users():
            if user.accepted_as:  # one by one: those before a failure are kept
                found.append(Acceptance(user.invited_as, user.accepted_as))
    except GatewayError as error:
        unread = f"{type(error).__name__}: {error.message}"
    return make(found, unread)


def make(found: Iterable[Acceptance], unread: str = "") -> Acceptances:
    by_name: dict[str, frozenset[Acceptance]] = {}
    for each in found:
        for name in (each.invited_as, each.invited_as.replace("@", "_") + GUEST_MARK):
            by_name[name] = by_name.get(name, frozenset()) | {each}
    return Acceptances(by_name, unread)


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


def _name(address: str) -> str:
    before, mark, _ = address.lower().partition(GUEST_MARK)
    return before + mark
