"""A contact list from wherever the school keeps it: files, a OneRoster server, Microsoft Graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .contacts.load import load_contact_list
from .contacts.model import ContactList
from .contacts.sources import GraphSource, OneRosterSource, Source
from .contacts.watched import Bar, no_bar
from .errors import AccessDenied, ContactListError, ContactSourceFailed, GatewayError, Problem

if TYPE_CHECKING:
    from .microsoft365 import Gateway


FOR_APPLICATIONS = (
    "Grant EduRoster.Read.All to the reader, as an application permission with admin consent; a person who signs in is "
    "not shown guardians (SPP_SIGN_IN=certificate)."
)


def read_contact_list(
    source: Source, gateway: Gateway | None, base: Path | None = None, bar: Bar = no_bar
) -> ContactList:
    """`gateway` is needed for `graph:` alone, the OneRoster settings of the environment for `oneroster:` alone; `base`
    is the whole list where `source` holds only changes to it; `bar` shows how far the reading of files has come.

    Raises ContactListError: ContactSourceFailed where a server did not give the list, SettingsError where it cannot be
    asked."""
    if isinstance(source, Path):
        return load_contact_list(source, base, bar)
    if base is not None:
        message = "Only a folder or a zip file has a base: a server is asked for the whole list."
        hint = "Leave --base out, or `base` in portal.toml."
        raise ContactListError(message, hint, [Problem(str(source), 0, "base", message)])
    try:
        return _read_graph(gateway) if isinstance(source, GraphSource) else _read_oneroster(source)
    except GatewayError as error:
        hint = FOR_APPLICATIONS if source == GraphSource() and isinstance(error, AccessDenied) else error.hint
        message = f"The contact list cannot be read from its server: {error.message}"
        problem = Problem(str(source), 0, "server", message)
        raise ContactSourceFailed(message, hint, [problem]) from None


def _read_graph(gateway: Gateway | None) -> ContactList:
    from .contacts.graph_source import load_graph

    if gateway is None:
        raise GatewayError("nobody is signed in to Microsoft 365", "`doctor` says what is missing.")
    return load_graph(gateway.education)


def _read_oneroster(source: OneRosterSource) -> ContactList:
    from .contacts.oneroster_rest import load_oneroster_rest
    from .contacts.oneroster_server import Login, OneRosterServer
    from .microsoft365.gateway import user_agent
    from .settings import load_settings

    settings = load_settings()
    secret = settings.oneroster_client_secret
    if not settings.oneroster_token_url or not settings.oneroster_client_id or secret is None:
        message = (
            "A OneRoster server is asked with SPP_ONEROSTER_TOKEN_URL, SPP_ONEROSTER_CLIENT_ID and _CLIENT_SECRET."
        )
        problem = Problem("environment", 0, "setting", message)
        raise ContactListError(message, "Set them in the environment or in .env.", [problem])
    login = Login(settings.oneroster_token_url, settings.oneroster_client_id, secret)
    server = OneRosterServer(source.url, source.version, login, user_agent(settings.user_agent_org))
    try:
        return load_oneroster_rest(server)
    finally:
        server.close()
