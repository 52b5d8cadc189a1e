"""Making a site: SPSiteManager. Its SiteStatus, always in 200: 0 not found,
1 provisioning, 2 ready, 3 error, 4 address taken.

A new site is provisioning for as many looks as the fact `provisioning` says (`status_polls`), then ready, then for
`complete_polls` looks not yet complete (`IsProvisioningComplete`). Both answers to making one are recorded. Where the
fact says nothing, a communication site is ready at once: clients that never look again make those and no others.
"""

from __future__ import annotations

from .. import administration, birth, users
from ..answers import Value, Void
from ..faults import bad_value
from ..reading import read_number, read_object, read_text
from ..routes import FULL, Answer, Call, endpoint
from ..site import find_site, find_site_by_id

NOT_FOUND, PROVISIONING, READY, ERROR, TAKEN = range(5)
RESPONSE = "Microsoft.SharePoint.Portal.SPSiteCreationResponse"
TEMPLATES = ("STS#3", birth.COMMUNICATION)


@endpoint("POST", "spsitemanager/create", needs=FULL, service=True)
def create_site(call: Call) -> Answer:
    wanted = read_object(call.get("request"), "request")
    url, owner = read_text(wanted, "Url").rstrip("/"), read_text(wanted, "Owner") or call.token.upn
    template = read_text(wanted, "WebTemplate") or birth.COMMUNICATION
    if not url.lower().startswith(f"https://{call.emulator.tenant.host}/") or template not in TEMPLATES:
        return _status("", ERROR, url)
    if birth.is_taken(call.emulator, url):
        return _status("", TAKEN, url)
    if not _is_account(call, owner):
        return _status("", ERROR, url)
    site = birth.create_site(
        call.emulator,
        url,
        read_text(wanted, "Title"),
        owner,
        template,
        description=read_text(wanted, "Description"),
        lcid=read_number(wanted, "Lcid", 1033),
    )
    polls = call.emulator.state.get_fact("provisioning") or {}
    site.doc["_status_polls"] = polls.get("status_polls", 0 if template == birth.COMMUNICATION else 1)
    site.doc["_complete_polls"] = polls.get("complete_polls", 1)
    site.store()
    return _status(site.id, PROVISIONING if site.doc["_status_polls"] else READY, site.url)


def _is_account(call: Call, owner: str) -> bool:
    """Without a user behind the token, the owner must be named and known."""
    return users.find_account(call.emulator.state, owner.rpartition("|")[2]) is not None


@endpoint("POST", "sp.site.exists", service=True, reads=True)
def site_exists(call: Call) -> Answer:
    return Value(find_site(call.emulator, str(call.get("url"))) is not None)


@endpoint("GET", "spsitemanager/status", service=True)
def site_status(call: Call) -> Answer:
    url = str(call.get("url")).rstrip("/")
    site = find_site(call.emulator, url)
    if site is None:
        return _status("", NOT_FOUND, "")
    return _status(site.id, PROVISIONING if birth.advance(site) else READY, site.url)


@endpoint("POST", "spsitemanager/delete", needs=FULL, service=True)
def delete_site(call: Call) -> Answer:
    site = find_site_by_id(call.emulator, str(call.get("siteId")))
    if site is None:
        raise bad_value("The site does not exist.")
    administration.recycle_site(site)
    return Void()


def _status(site_id: str, status: int, url: str) -> Answer:
    return Value({"SiteId": site_id, "SiteStatus": status, "SiteUrl": url}, RESPONSE)
