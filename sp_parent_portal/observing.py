"""Every trip of a plan as the tenant has it: what they share is read once, then several are observed at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from .errors import GatewayError
from .lanes import do_all
from .microsoft365 import Gateway
from .plan.desired import Desired
from .plan.model import Held
from .plan.planner import TripObserved
from .resources.around import Around, observe_around
from .resources.observation import observe_people, observe_trip
from .runs.store import RunStore


@dataclass(frozen=True, slots=True)
class Seen:
    """By slug: trips that were read whole, and those of which only the group's `people` are known because another read
    failed. `failed` says what failed, for these and for trips of which nothing is known at all."""

    whole: dict[str, TripObserved]
    people: dict[str, TripObserved]
    failed: dict[str, GatewayError]

    @property
    def held(self) -> tuple[Held, ...]:
        """Every trip that could not be read."""
        return tuple(_hold(slug, error) for slug, error in self.failed.items())


def observe_trips(
    gateway: Gateway,
    store: RunStore,
    trips: Mapping[str, Desired],
    at_once: int,
    observed_one: Callable[[], None],
) -> Seen:
    """Raises GatewayError where nothing could be read of any."""
    around = observe_around(gateway, trips.values())
    jobs = [partial(_observe, gateway, store, around, each) for each in trips.values()]
    seen = Seen({}, {}, {})
    for slug, future in zip(trips, do_all(jobs, at_once, gateway.stopped, observed_one), strict=True):
        observed, error = future.result()
        if error is not None:
            seen.failed[slug] = error
        if observed is not None:
            (seen.whole if error is None else seen.people)[slug] = observed
    if seen.failed and not seen.whole and not seen.people:
        raise next(iter(seen.failed.values()))
    return seen


def _observe(
    gateway: Gateway, store: RunStore, around: Around, desired: Desired
) -> tuple[TripObserved | None, GatewayError | None]:
    """What is known of the trip, and what could not be read."""
    try:
        return observe_trip(gateway, desired, store, around), None
    except GatewayError as error:
        held = _hold(desired.slug, error)
        with suppress(GatewayError):
            return observe_people(gateway, desired, around, held.reason, held.ask), error
        return None, error


def _hold(slug: str, error: GatewayError) -> Held:
    return Held(slug, "", f"it could not be read: {error.message}", error.hint)
