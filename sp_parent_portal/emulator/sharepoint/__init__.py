"""SharePoint Online's half of the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..web import Request, unknown_endpoint

if TYPE_CHECKING:
    from ..app import Emulator


def answer(emulator: Emulator, request: Request) -> Response:  # noqa: ARG001 - the half that answers needs it
    return unknown_endpoint(request)
