"""How open external sharing is: the one place where the four levels are named and compared.

Source: Microsoft Learn, "Manage sharing settings", and the SharingCapabilities enum of the tenant
administration metadata (read 2026-08). The integers are not in order of openness: 0 < 3 < 1 < 2.
"""

from __future__ import annotations

from enum import Enum
from functools import total_ordering


@total_ordering
class Sharing(Enum):
    """`value` is our name for it, in order of openness as declared."""

    DISABLED = "disabled"
    EXISTING_GUESTS = "existing-guests"
    NEW_AND_EXISTING_GUESTS = "new-and-existing-guests"
    ANYONE = "anyone"

    @property
    def spo(self) -> int:
        """The SharingCapability integer of SharePoint's REST and CSOM interfaces."""
        return {"disabled": 0, "existing-guests": 3, "new-and-existing-guests": 1, "anyone": 2}[self.value]

    @property
    def graph(self) -> str:
        """The sharingCapability string of Microsoft Graph's sharepointSettings."""
        return {
            "disabled": "disabled",
            "existing-guests": "existingExternalUserSharingOnly",
            "new-and-existing-guests": "externalUserSharingOnly",
            "anyone": "externalUserAndGuestSharing",
        }[self.value]

    @property
    def label(self) -> str:
        """What the SharePoint admin centre calls it."""
        return {
            "disabled": "Only people in your organization",
            "existing-guests": "Existing guests",
            "new-and-existing-guests": "New and existing guests",
            "anyone": "Anyone",
        }[self.value]

    @property
    def openness(self) -> int:
        return list(Sharing).index(self)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Sharing):
            return NotImplemented
        return self.openness < other.openness

    @classmethod
    def from_spo(cls, number: int) -> Sharing:
        """Raises ValueError for a number that SharePoint does not document."""
        for level in cls:
            if level.spo == number:
                return level
        raise ValueError(f"{number!r} is not a SharingCapability")

    @classmethod
    def from_graph(cls, name: str) -> Sharing:
        """Raises ValueError for a name that Graph does not document."""
        for level in cls:
            if level.graph == name:
                return level
        raise ValueError(f"{name!r} is not a sharingCapability")
