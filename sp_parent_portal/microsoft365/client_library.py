"""Office365-REST-Python-Client 3.3.0 behind our transport. Importing this module imports the library, which takes a
second: do it inside the call that writes.

What is ours, because the library's own way was shown to be unsafe (tests/contract/test_library_traps.py shows each):
its retries, its sessions without a read timeout, its form digest before every first request, its log of tracebacks, and
contexts that keep a failed query. Here a context lives for one operation.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from office365.runtime.http.request_options import RequestOptions
from office365.runtime.transport.requests_transport import RequestsTransport
from office365.sharepoint.client_context import ClientContext

from .call import Call

if TYPE_CHECKING:
    import requests

    from .transport import Transport

# It prints every exception of a hook with its traceback, and the exception goes on to us all the same.
logging.getLogger("office365.runtime.types.event_handler").setLevel(logging.CRITICAL)

PLAIN_JSON = "application/json;odata=nometadata"


class LibraryTransport(RequestsTransport):  # type: ignore[misc]  # the library's types are not followed (pyproject)
    """Carries the library's requests over ours, and keeps the last answer: it is read by us, not by the library, whose
    typed results leave out what they do not know. `repeatable` as in Call."""

    def __init__(self, transport: Transport, operation: str, *, repeatable: bool | None = None) -> None:
        super().__init__()
        self._out, self._operation, self._repeatable = transport, operation, repeatable
        self.answer: Any = None

    @property
    def auth(self) -> object:
        """Present, so that the library leaves the signing to the transport."""
        return self._out

    def execute(self, request: RequestOptions) -> requests.Response:
        headers = {**request.headers, "Accept": PLAIN_JSON}
        data = request.data
        if isinstance(data, str):
            body: bytes | None = data.encode()
        elif data is None or isinstance(data, bytes):
            body = data
        else:
            body = json.dumps(data).encode()
        repeatable = self._repeatable if request.method.value == "POST" and "X-HTTP-Method" not in headers else None
        reply = self._out.send(
            Call(
                self._operation,
                request.method.value,
                request.url,
                role="provisioner",
                body=body,
                headers=headers,
                repeatable=repeatable,
            )
        )
        self.answer = reply.data
        return reply.response


class LibraryCall:
    """One operation on one site: add queries to `context`, then `run`."""

    def __init__(self, transport: Transport, url: str, operation: str, *, repeatable: bool | None = None) -> None:
        self._transport = LibraryTransport(transport, operation, repeatable=repeatable)
        self.context = ClientContext(url)
        request = self.context.pending_request()
        request.transport = self._transport
        # A bearer token makes the digest needless: one round trip less for each site.
        request.beforeExecute -= request.ensure_form_digest

    def run(self) -> Any:
        """Sends what was added. The decoded answer to the last request."""
        self.context.execute_query()
        return self._transport.answer
