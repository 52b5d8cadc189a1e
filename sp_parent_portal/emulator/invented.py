"""The people, groups and sites of a generated tenant, each made from the seed and its number alone."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import directory, guests
from .graph.groups import new_group
from .sharepoint import birth, groups, users
from .sharepoint.site import Site, find_site

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]
Row = tuple[Any, ...]

MOMENT = datetime(2026, 9, 1, 8, tzinfo=UTC)
"""When everything generated was made."""
IDS = uuid.UUID("8f0e8a52-3a0f-5d0c-9a6e-0c5a4c6f2b11")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _words(
    "Ada Aisha Alan Bella Ben Carla Chen Clara Dan Dina Edith Elias Emeka Fatima Felix Gita Grace Hanna Hugo Ida "
    "Imran Ines Ivan Jamal Joan Kemal Kira Kofi Lara Leila Luca Maeve Marek Mila Musa Nadia Nils Nora Olga Omar"
)
FAMILY = _words(
    "Abara Ahmed Baker Barros Bell Brandt Byrne Castro Clarke Cohen Dahl Diaz Dunn Evans Farah Fischer Foley Garcia "
    "Gill Grant Hale Hart Hughes Ito Jansen Jones Kaya Khan Kim Kovacs Lane Lee Lind Lopez Mehta Meyer Murphy Nash "
    "Novak Okafor Okoro Olsen Park Patel Petrov Quist Reid Rossi Sato Shah Silva Singh Stein Tran Voss Walsh Ward"
)
DOMAINS = ("mail.example", "post.example", "inbox.example", "family.example", "letters.example")
PLACES = ("Lakes", "Museum", "Theatre", "Farm", "Coast", "Mountains", "Castle", "Concert", "Islands", "Observatory")


def name_based(seed: int, kind: str, number: int) -> str:
    """An id."""
    return str(uuid.uuid5(IDS, f"{seed}/{kind}/{number}"))


def _name(seed: int, kind: str, number: int) -> tuple[str, str]:
    chance = uuid.uuid5(IDS, f"{seed}/name of {kind}/{number}").int
    return GIVEN[chance % len(GIVEN)], FAMILY[chance // len(GIVEN) % len(FAMILY)]


def invent_colleague(scratch: Emulator, seed: int, number: int) -> Doc:
    given, family = _name(seed, "colleague", number)
    address = f"{given}.{family}{number}@{scratch.tenant.domains[0]}".lower()
    doc = directory.make_member(address, f"{given} {family}", address, MOMENT)
    return {**doc, "id": name_based(seed, "colleague", number)}


def invent_guest(scratch: Emulator, seed: int, number: int) -> tuple[Doc, Doc | None]:
    """The account, and its row in the external-user list where the guest has been in a site: of ten guests one has not
    accepted the invitation, and three more have never come."""
    given, family = _name(seed, "guest", number)
    address = f"{given}.{family}{number}@{DOMAINS[number % len(DOMAINS)]}".lower()
    domain = scratch.tenant.initial_domain
    doc = directory.make_guest(scratch.state, address, f"{given} {family}", domain, MOMENT)
    doc["id"] = name_based(seed, "guest", number)
    if number % 10 == 9:
        return doc, None
    doc = guests.accepted(doc, address, MOMENT)
    if number % 10 > 5:
        return doc, None
    doc = guests.signed_in(doc, MOMENT, name_based(seed, "sign-in", number))
    return doc, guests.new_external_user(doc, name_based(seed, "visit", number).replace("-", "")[:12], MOMENT)


def invent_group(seed: int, number: int) -> Doc:
    """The first is everybody's, the others are a site's each."""
    named = {
        "displayName": f"Trip {number} guardians" if number else "All guardians",
        "mailNickname": f"trip-{number:05}-guardians" if number else "all-guardians",
        "description": None,
    }
    group_id = name_based(seed, "group", number)
    doc = new_group({**named, "mailEnabled": False, "securityEnabled": True}, "", MOMENT)
    return {**doc, "id": group_id, "securityIdentifier": directory.make_security_identifier(group_id)}


class Models:
    """Sites made by rewriting the rows of a model: a site has some ninety, and making one by the service's own rules
    takes ten milliseconds. Of ten sites one has sharing disabled; the group, where there is one, may read."""

    NAME, TITLE, GROUP = "zz-model-zz", "Zz model zz", "00000000-5a5a-4a5a-8a5a-000000000000"

    def __init__(self, scratch: Emulator) -> None:
        self._scratch = scratch
        self._made: dict[tuple[bool, bool], tuple[Site, list[Row]]] = {}

    def make_site(self, seed: int, number: int, group: Doc | None) -> tuple[Row, list[Row]]:
        """The site's own row, and those of what it holds."""
        model, things = self._model(number % 10 != 9, group is not None)
        site_id = name_based(seed, "site", number)
        new = {
            model.id: site_id,
            self.NAME: f"trip-{number + 1:05}",
            self.TITLE: f"{PLACES[number % len(PLACES)]} {number + 1}",
        }
        if group is not None:
            new |= {self.GROUP: group["id"], f"{self.TITLE} group": group["displayName"]}

        def rewrite(text: str) -> str:
            for old in sorted(new, key=len, reverse=True):
                text = text.replace(old, new[old])
            return text

        row = (site_id, rewrite(model.url), 0, rewrite(json.dumps(model.doc)))
        return row, [tuple(map(rewrite, thing)) for thing in things]

    def _model(self, shared: bool, granted: bool) -> tuple[Site, list[Row]]:
        known = self._made.get((shared, granted))
        if known is None:
            known = self._made[shared, granted] = self._make_model(1 if shared else 0, granted)
        return known

    def _make_model(self, sharing: int, granted: bool) -> tuple[Site, list[Row]]:
        scratch = self._scratch
        url = f"https://{scratch.tenant.host}/sites/{self.NAME}"
        there = find_site(scratch, url)
        if there is not None:
            there.purge()
        owner = str(scratch.state.get_fact("signed_in_user"))
        site = birth.create_site(scratch, url, self.TITLE, owner, sharing=sharing)
        if granted:
            claim = users.add_claim(site, f"{users.SECURITY_GROUP}{self.GROUP}", f"{self.TITLE} group")
            groups.add_member(site, groups.ASSOCIATED["visitors"], claim)
        rows = scratch.state.db.execute(
            "SELECT site_id, kind, parent, id, title, doc FROM site_things WHERE site_id = ? ORDER BY seq", (site.id,)
        )
        return site, [tuple(row) for row in rows]
