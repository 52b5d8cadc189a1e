"""By which addresses a guest's account is told to be somebody's. Pure.

The directory keeps an address as it was typed, the contact list as `normalise_email` writes it: compared raw, one
person at an international domain is two. And the sign-in name of a guest holds the address that they were invited with
("nina.hale_mail.example#EXT#@contoso.onmicrosoft.com") for good, also where mail and other mails are changed later
(Microsoft Learn, "Properties of a Microsoft Entra B2B collaboration user", read 2026-08).
"""

from __future__ import annotations

from ..contacts.addresses import fold_email, normalise_email
from ..microsoft365.model import GUEST_MARK, DirectoryUser


def addresses_of(user: DirectoryUser) -> frozenset[str]:
    """The addresses that the account has now, in the form of the contact list: what lets somebody in."""
    return frozenset(fold_email(address) for address in user.addresses)


def known_by(user: DirectoryUser) -> frozenset[str]:
    """These and the address that it was invited with: what keeps somebody out. An old address never lets anybody in,
    for the account may be another person's by now."""
    return addresses_of(user) | ({invited_as(user.upn)} - {""})


def invited_as(sign_in_name: str) -> str:
    """The address in a guest's sign-in name, "" in any other. A domain has no underscore, so the last one was the @."""
    before, mark, _ = sign_in_name.lower().partition(GUEST_MARK)
    local, _, domain = before.rpartition("_")
    return (normalise_email(f"{local}@{domain}") or "") if mark else ""
