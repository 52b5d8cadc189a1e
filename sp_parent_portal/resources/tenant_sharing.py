"""The tenant's external sharing posture. Only `tenant apply` changes it; a trip never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import GatewayError
from ..microsoft365 import Gateway
from ..microsoft365.model import TenantSharing
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from ..sharing import Sharing
from ..trips import TenantSection
from .work import done, ended, unknown


@dataclass(frozen=True, slots=True)
class Observed:
    """The posture as each of Microsoft's two doors tells it; they should agree."""

    graph: TenantSharing
    sharepoint: TenantSharing

    @property
    def level(self) -> Sharing:
        """The more closed of the two: nothing may be built on the more open one."""
        return min(self.graph.level, self.sharepoint.level)

    @property
    def agree(self) -> bool:
        return self.graph == self.sharepoint


def observe(gateway: Gateway) -> Observed:
    return Observed(gateway.graph.get_tenant_sharing(), gateway.sharepoint.get_tenant_sharing())


def diff(wanted: TenantSection, observed: Observed) -> tuple[Change, ...]:
    fields = []
    levels = {observed.graph.level, observed.sharepoint.level}
    if levels != {wanted.sharing}:
        # Where the two doors disagree, the one that is not as wished is shown as what is there.
        before = next(level for level in sorted(levels, reverse=True) if level is not wanted.sharing)
        fields.append(Field("sharing", before.value, wanted.sharing.value))
    resharing = {observed.graph.guests_may_reshare, observed.sharepoint.guests_may_reshare}
    if resharing != {wanted.guests_may_reshare}:
        fields.append(Field("guests_may_reshare", not wanted.guests_may_reshare, wanted.guests_may_reshare))
    if not fields:
        return ()
    reason = "portal.toml asks for it"
    if observed.level is Sharing.DISABLED and wanted.sharing > Sharing.DISABLED:
        reason += "; switching sharing on again gives every old guest back what they had"
    return (Change("update", "tenant_sharing", "tenant", tuple(fields), reason, Risk.TENANT_WIDE),)


def apply(gateway: Gateway, wanted: TenantSection, change: Change) -> Iterator[Outcome]:
    """Write through Graph, then read back through both doors."""
    present = gateway.graph.get_tenant_sharing()
    try:
        gateway.graph.set_tenant_sharing(
            replace(present, level=wanted.sharing, guests_may_reshare=wanted.guests_may_reshare)
        )
    except GatewayError as error:
        yield ended(change, error)
        return
    observed = observe(gateway)
    left = diff(wanted, observed)
    if left:
        told = ", ".join(f"{f.name} still reads {f.before}" for f in left[0].fields)
        yield unknown(change, f"written, but {told}; run tenant plan again in a few minutes")
    else:
        yield done(change)
