"""`_api/web`, `_api/site` and `_api/contextinfo`."""

from __future__ import annotations

from email.utils import format_datetime

from .. import webs
from ..answers import Empty, Entity, Value
from ..routes import ANYONE, FULL, Answer, Call, endpoint


@endpoint("POST", "contextinfo", needs=ANYONE, service=True, reads=True)
def context_info(call: Call) -> Answer:
    """The root sites of both hosts are always there."""
    url = call.site.url if call.home or call.path.site_path else f"https://{call.request.host_name}"
    moment = format_datetime(call.emulator.now(), usegmt=False)
    info = {
        "FormDigestTimeoutSeconds": 1800,
        "FormDigestValue": f"0x{'0' * 64},{moment}",
        "LibraryVersion": "16.0.24329.12004",
        "SiteFullUrl": url,
        "SupportedSchemaVersions": ["14.0.0.0", "15.0.0.0"],
        "WebFullUrl": url,
    }
    return Value(info, "SP.ContextWebInformation")


@endpoint("GET", "web")
def get_web(call: Call) -> Answer:
    return Entity(webs.WEB, call.site.web)


@endpoint("MERGE", "web", needs=FULL)
def change_web(call: Call) -> Answer:
    webs.change_web(call.site, call.body)
    return Empty()


@endpoint("GET", "web/regionalsettings")
def get_regional_settings(call: Call) -> Answer:
    return webs.WEB.expansions["regionalsettings"](call.site, call.site.web)


@endpoint("GET", "site")
def get_site(call: Call) -> Answer:
    return Entity(webs.SITE, webs.site_doc(call.site))
