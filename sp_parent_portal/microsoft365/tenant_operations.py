"""What tenant administration does to a site in its own time: it answers with an operation, which is asked after by its
identity until it is complete.

Requests as clients write them: PnP Core's recordings for the lock (2023-08), CLI for Microsoft 365 and PnP PowerShell
for the archive (read 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import need
from .csom import Path, Query, Select, send
from .model import Operation

if TYPE_CHECKING:
    from .transport import Transport

PROGRESS = Select(own=("HasTimedout", "IsComplete", "PollingInterval"))


class TenantOperations:
    """`url` is a site's absolute address. Every method raises GatewayError. An operation that is complete proves
    little: read the site."""

    _transport: Transport
    _admin_host: str

    def set_site_lock(self, url: str, lock: str) -> Operation:
        """`lock` is SharePoint's LockState: Unlock, ReadOnly or NoAccess."""
        query = Query.of_tenant()
        properties = query.call(query.tenant, "GetSitePropertiesByUrl", url.rstrip("/"), True)
        query.set(properties, "LockState", lock)
        return self._operate(query, query.call(properties, "Update"), "lock or unlock the site")

    def archive_site(self, url: str) -> Operation:
        """With Microsoft 365 Archive, which the tenant must have turned on and pay for."""
        query = Query.of_tenant()
        return self._operate(query, query.call(query.tenant, "ArchiveSiteByUrl", url.rstrip("/")), "archive the site")

    def reactivate_site(self, url: str) -> Operation:
        """Of a fully archived site it is only begun when the operation is complete: see Site.archive."""
        query = Query.of_tenant()
        path = query.call(query.tenant, "UnarchiveSiteByUrl", url.rstrip("/"))
        return self._operate(query, path, "reactivate the site")

    def look_at_operation(self, operation: Operation) -> Operation:
        query = Query()
        return self._operate(query, query.recall(operation.identity), "look how far SharePoint is", reads=True)

    def _operate(self, query: Query, path: Path, operation: str, *, reads: bool = False) -> Operation:
        number = query.read(path, PROGRESS)
        answer = send(self._transport, f"https://{self._admin_host}", query, operation, reads=reads)
        row = answer.row(number)
        return Operation(
            identity=need(row, "_ObjectIdentity_", str, operation),
            complete=need(row, "IsComplete", bool, operation),
            timed_out=need(row, "HasTimedout", bool, operation),
            pause=need(row, "PollingInterval", int, operation) / 1000,
        )
