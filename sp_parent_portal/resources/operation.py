"""Work of tenant administration that goes on after the answer."""

from __future__ import annotations

from contextlib import suppress

from ..errors import GatewayError
from ..microsoft365.model import Operation
from .work import Work


def wait_for(work: Work, operation: Operation) -> None:
    """Looks as often as SharePoint asks for, until it is over or the patience ends. Whoever waited reads back: a look
    that fails is no failure of the work, nor is one that finds it over its success."""
    with suppress(GatewayError):
        for _ in range(work.patience):
            if operation.complete or operation.timed_out:
                return
            work.sleep(operation.pause)
            operation = work.gateway.sharepoint.look_at_operation(operation)
