"""How much of everything a generated tenant holds: `sites=2000,guests=100000,memberships=1000000,seed=7`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import gcd
from random import Random


class BadAmounts(ValueError):
    """No tenant can be generated from what was asked for."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Besides what the seed holds: `users` are colleagues, `groups` security groups. The first group is everybody's,
    the others belong to a site each; `memberships` are spread over all of them."""

    sites: int = 0
    guests: int = 0
    users: int = 0
    groups: int = 0
    memberships: int = 0
    seed: int = 1

    @property
    def people(self) -> int:
        """Who may be a member: the guests, or the colleagues where there are none."""
        return self.guests or self.users

    def group_sizes(self) -> list[int]:
        """Everybody's group has a tenth of the memberships, unless there are fewer people or too little room in the
        others; the others have the rest in equal parts."""
        others = self.groups - 1
        if self.groups < 1:
            return []
        first = min(self.people, self.memberships // 10) if others else self.memberships
        first = max(first, self.memberships - others * self.people)
        rest = self.memberships - first
        return [first, *(rest // others + (number < rest % others) for number in range(others))]

    def members_of(self, group: int, size: int) -> list[int]:
        """Numbers of the people in a group, each once: steps of one length around the circle of all."""
        random = Random(f"{self.seed}/{group}")  # noqa: S311 - the same people on every machine is what is wanted
        start, step = random.getrandbits(32), random.getrandbits(32) | 1
        while gcd(step, self.people) != 1:
            step += 2 if self.people % 2 == 0 else 1
        return sorted((start + number * step) % self.people for number in range(size))


def read_amounts(text: str) -> Amounts:
    """Raises BadAmounts. Left out: no sites, guests, users or memberships, seed 1, and groups for the sites and for
    everybody where there are memberships."""
    given: dict[str, int] = {}
    known = [field.name for field in fields(Amounts)]
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in known or name in given or not value.isascii() or not value.isdigit():
            raise BadAmounts(f"{part!r}: expected {', '.join(f'{each}=N' for each in known)}, each once at most")
        given[name] = int(value)
    amounts = Amounts(**given)
    if "groups" not in given and amounts.memberships:
        amounts = Amounts(**{**given, "groups": amounts.sites + 1})
    if amounts.memberships > amounts.groups * amounts.people:
        raise BadAmounts(
            f"{amounts.memberships} memberships: {amounts.groups} groups of {amounts.people} people have room for "
            f"{amounts.groups * amounts.people}"
        )
    return amounts
