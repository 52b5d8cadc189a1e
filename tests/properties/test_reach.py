"""What must hold for every site, and a second opinion that looks for paths in another way."""

from __future__ import annotations

import random
from itertools import pairwise, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.audit.levels import LIMITED, highest
from sp_parent_portal.audit.model import Snapshot, is_owners_claim
from sp_parent_portal.audit.reach import ADMINS, DIRECTLY, reach
from sp_parent_portal.microsoft365.model import Principal
from tests.unit.audit.snapshots import make_snapshot

ACCOUNTS = ("ann", "bob", "cem", "dee")
GROUPS = ("g1", "g2", "g3", "g4")
SITE_GROUPS = ("Owners", "Members", "Visitors")
LEVELS = ("Read", "Parent read", "Edit", "Full Control", "Vollzugriff", "Limited Access")

some = st.sets
member = st.sampled_from([*(f"user {a}" for a in ACCOUNTS), *(f"group {g}" for g in GROUPS), "everyone", "members"])
principal = st.one_of(member, st.sampled_from([f"site {each}" for each in SITE_GROUPS]))
levels = st.lists(st.sampled_from(LEVELS), unique=True, max_size=3)
grants = st.dictionaries(principal, levels, max_size=4)
sites = st.fixed_dictionaries(
    {
        "sharing": st.sampled_from(["existing-guests", "disabled"]),
        "accounts": st.just({"ann": {"guest": True}, "dee": {"guest": True}}),
        "groups": st.fixed_dictionaries(
            {
                group: st.fixed_dictionaries(
                    {"accounts": st.sets(st.sampled_from(ACCOUNTS)), "groups": st.sets(st.sampled_from(GROUPS))}
                )
                for group in GROUPS
            }
        ),
        "site_groups": st.fixed_dictionaries({each: st.sets(member, max_size=4) for each in SITE_GROUPS}),
        "admins": st.sets(member, max_size=2),
        "web": grants,
        "lists": st.dictionaries(st.sampled_from(["Photos", "Forms"]), grants, max_size=2),
    }
)


@given(sites)
def test_a_second_opinion_agrees(site: dict[str, Any]) -> None:
    snapshot = make_snapshot(site)
    found = {
        (row.principal, path[: path.index(level) + 1])
        for row in reach(snapshot)
        for path in row.paths
        for level in [next(step for step in path if step in LEVELS)]
    }
    assert found == oracle(snapshot)


@given(sites)
def test_the_level_is_the_highest_of_the_paths(site: dict[str, Any]) -> None:
    for row in reach(make_snapshot(site)):
        assert row.level == highest(next(step for step in path if step in LEVELS) for path in row.paths)


@given(sites, st.sampled_from(ACCOUNTS), st.sampled_from(GROUPS))
def test_one_more_member_takes_nothing_from_anybody(site: dict[str, Any], account: str, group: str) -> None:
    before = {row.principal: set(row.paths) for row in reach(make_snapshot(site))}
    members = site["groups"][group]
    more = {**site, "groups": {**site["groups"], group: {**members, "accounts": members["accounts"] | {account}}}}
    after = {row.principal: set(row.paths) for row in reach(make_snapshot(more))}
    assert all(paths <= after[name] for name, paths in before.items())


@given(sites, st.sampled_from(SITE_GROUPS), member)
def test_one_more_in_a_site_group_takes_nothing_from_anybody(site: dict[str, Any], group: str, extra: str) -> None:
    before = {row.principal: set(row.paths) for row in reach(make_snapshot(site))}
    more = {**site, "site_groups": {**site["site_groups"], group: site["site_groups"][group] | {extra}}}
    after = {row.principal: set(row.paths) for row in reach(make_snapshot(more))}
    assert all(paths <= after[name] for name, paths in before.items())


@given(sites)
def test_every_path_begins_at_something_of_the_site(site: dict[str, Any]) -> None:
    snapshot = make_snapshot(site)
    begins = {ADMINS, DIRECTLY, *SITE_GROUPS, *(f"list {each.title}" for each in snapshot.lists)}
    begins |= {f"group {each.name}" for each in snapshot.security_groups.values()}
    for row in reach(snapshot):
        assert row.paths
        assert {path[0] for path in row.paths} <= begins


@given(sites, st.randoms())
def test_the_order_of_what_was_read_does_not_matter(site: dict[str, Any], chance: random.Random) -> None:
    snapshot = make_snapshot(site)

    def shuffled(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(rows, len(rows)))

    groups = list(snapshot.security_groups.items())
    other = Snapshot(
        url=snapshot.url,
        title=snapshot.title,
        sharing=snapshot.sharing,
        admins=shuffled(snapshot.admins),
        site_groups=shuffled(snapshot.site_groups),
        grants=shuffled(snapshot.grants),
        lists=shuffled(snapshot.lists),
        security_groups=dict(chance.sample(groups, len(groups))),
    )
    assert reach(other) == reach(snapshot)


def oracle(snapshot: Snapshot) -> set[tuple[str, tuple[str, ...]]]:
    """Guess every possible path for every account and keep those of which each step holds."""
    groups = snapshot.security_groups
    chains = [chain for length in range(len(groups) + 1) for chain in permutations(groups, length)]
    names = {account.name: account for group in groups.values() for account in group.accounts}

    def steps_of(principal: Principal) -> set[tuple[str, tuple[str, ...]]]:
        if principal.kind in ("user", "everyone"):
            return {(principal.title, ())}
        assert not is_owners_claim(principal)
        if principal.kind == "site-group":
            (group,) = (each for each in snapshot.site_groups if each.id == principal.id)
            return {(name, (group.title, *steps)) for each in group.members for name, steps in steps_of(each)}
        return {
            (name, tuple(f"group {groups[each].name}" for each in chain))
            for chain in chains
            if chain and chain[0] == principal.directory_id
            if all(second in groups[first].groups for first, second in pairwise(chain))
            for name, account in names.items()
            if account in groups[chain[-1]].accounts
        }

    on_lists = {grant.principal.id for each in snapshot.lists for grant in each.grants if grant.levels}
    found: set[tuple[str, tuple[str, ...]]] = set()
    for admin in snapshot.admins:
        found |= {(name, (ADMINS, *steps, "Full Control")) for name, steps in steps_of(admin)}
    for scope, rows in [("", snapshot.grants), *((f"list {each.title}", each.grants) for each in snapshot.lists)]:
        for grant in rows:
            opening = set(grant.levels) - LIMITED
            only_limited = bool(grant.levels) and not opening
            if only_limited and (scope or grant.principal.id not in on_lists):
                opening = {"Limited Access"}
            for name, steps in steps_of(grant.principal):
                where = (*([scope] if scope else []), *(steps or (DIRECTLY,)))
                found |= {(name, (*where, level)) for level in opening}
    return found
