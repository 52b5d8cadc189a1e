"""The only room that knows Microsoft. Importing it is cheap: `connect` and the calls import the libraries."""

from __future__ import annotations

from .gateway import Gateway, connect

__all__ = ["Gateway", "connect"]
