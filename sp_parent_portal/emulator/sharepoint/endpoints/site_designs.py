"""SiteScriptUtility: scripts and designs that the tenant keeps, applying a design, and what became of it."""

from __future__ import annotations

import json
from typing import Any

from .. import scripts, site_designs
from ..administration import get_site
from ..answers import Value, Void
from ..reading import read_object, read_text
from ..routes import ADMIN, FULL, READ, Answer, Call, endpoint
from ..site import Doc, Site

UTILITY = "Microsoft.SharePoint.Utilities.WebTemplateExtensions"
SCRIPT, DESIGN = f"{UTILITY}.SiteScriptMetadata", f"{UTILITY}.SiteDesignMetadata"
RESULT, TASK = f"{UTILITY}.SiteScriptActionResult", f"{UTILITY}.SiteDesignTask"
RUN, STATUS = f"{UTILITY}.SiteDesignRun", f"{UTILITY}.SiteScriptActionStatus"


def _shown(doc: Doc) -> Doc:
    return {name: value for name, value in doc.items() if not name.startswith("_")}


# ---- scripts


@endpoint("POST", "sitescriptutility.createsitescript", needs=ADMIN)
def create_script(call: Call) -> Answer:
    """The body is the script itself, title and description stand in the address; or all three in the body. Content is
    null in the answer."""
    content = call.body.get("Content")
    text = content if isinstance(content, str) else json.dumps(call.body)
    title, description = str(call.find("Title", 0) or ""), str(call.find("Description", 1) or "")
    made = site_designs.make_script(call.emulator.state, title, description, text)
    return Value({**made, "Content": None}, SCRIPT)


@endpoint("POST", "sitescriptutility.getsitescripts", needs=ADMIN, reads=True)
def list_scripts(call: Call) -> Answer:
    rows = [{**doc, "Content": None} for doc in site_designs.list_kept(call.emulator.state, site_designs.SCRIPTS)]
    return Value(rows, SCRIPT)


@endpoint("POST", "sitescriptutility.getsitescriptmetadata", needs=ADMIN, reads=True)
def get_script(call: Call) -> Answer:
    return Value(site_designs.get_kept(call.emulator.state, site_designs.SCRIPTS, call.get("id", 0)), SCRIPT)


@endpoint("POST", "sitescriptutility.updatesitescript", needs=ADMIN)
def change_script(call: Call) -> Answer:
    wanted = read_object(call.get("updateInfo"), "updateInfo")
    known = site_designs.get_kept(call.emulator.state, site_designs.SCRIPTS, wanted.get("Id"))
    if wanted.get("Content"):
        site_designs.read_script(read_text(wanted, "Content"))
    changes = {name: wanted[name] for name in ("Title", "Description", "Version", "Content") if wanted.get(name)}
    changed = site_designs.keep(call.emulator.state, site_designs.SCRIPTS, {**known, **changes}, known["Id"])
    return Value({**changed, "Content": None}, SCRIPT)


@endpoint("POST", "sitescriptutility.deletesitescript", needs=ADMIN)
def remove_script(call: Call) -> Answer:
    site_designs.forget(call.emulator.state, site_designs.SCRIPTS, call.get("id", 0))
    return Void()


# ---- designs


@endpoint("POST", "sitescriptutility.createsitedesign", needs=ADMIN)
def create_design(call: Call) -> Answer:
    return Value(site_designs.make_design(call.emulator.state, read_object(call.get("info"), "info")), DESIGN)


@endpoint("POST", "sitescriptutility.getsitedesigns", needs=READ, reads=True)
def list_designs(call: Call) -> Answer:
    """The tenant's own; Microsoft's (`store` 1) are not played."""
    own = not call.find("store")
    return Value(site_designs.list_kept(call.emulator.state, site_designs.DESIGNS) if own else [], DESIGN)


@endpoint("POST", "sitescriptutility.getsitedesignmetadata", needs=READ, reads=True)
def get_design(call: Call) -> Answer:
    return Value(_design_of(call, "id"), DESIGN)


@endpoint("POST", "sitescriptutility.updatesitedesign", needs=ADMIN)
def change_design(call: Call) -> Answer:
    """IsDefault that is not sent again is false afterwards."""
    wanted = read_object(call.get("updateInfo"), "updateInfo")
    known = site_designs.get_kept(call.emulator.state, site_designs.DESIGNS, wanted.get("Id"))
    changes = {name: value for name, value in wanted.items() if name in site_designs.DESIGN and name != "Id"}
    changed = {**known, "IsDefault": False, **changes}
    return Value(site_designs.keep(call.emulator.state, site_designs.DESIGNS, changed, known["Id"]), DESIGN)


@endpoint("POST", "sitescriptutility.deletesitedesign", needs=ADMIN)
def remove_design(call: Call) -> Answer:
    site_designs.forget(call.emulator.state, site_designs.DESIGNS, call.get("id", 0))
    return Void()


def _design_of(call: Call, name: str) -> Doc:
    """Raises Fault."""
    return site_designs.get_kept(call.emulator.state, site_designs.DESIGNS, call.get(name, 0))


def _site_of(call: Call) -> Site:
    """Raises Fault."""
    return get_site(call.emulator, call.get("webUrl", 0))


# ---- applying one


def _price(call: Call, design: Doc) -> None:
    call.request.price_times = max(1, scripts.count(site_designs.list_actions(call.emulator.state, design)))


@endpoint("POST", "sitescriptutility.applysitedesign", needs=FULL, price="site_script_action")
def apply_design(call: Call) -> Answer:
    design = site_designs.get_kept(call.emulator.state, site_designs.DESIGNS, call.get("siteDesignId", 1))
    _price(call, design)
    return Value(site_designs.apply(_site_of(call), design), RESULT)


@endpoint("POST", "sitescriptutility.addsitedesigntask", needs=FULL, price="site_script_action")
def add_task(call: Call) -> Answer:
    design = site_designs.get_kept(call.emulator.state, site_designs.DESIGNS, call.get("siteDesignId", 1))
    return _add_task(call, _site_of(call), design)


@endpoint("POST", "sitescriptutility.addsitedesigntasktocurrentweb", needs=FULL, price="site_script_action")
def add_task_here(call: Call) -> Answer:
    return _add_task(call, call.site, _design_of(call, "siteDesignId"))


def _add_task(call: Call, site: Site, design: Doc) -> Answer:
    _price(call, design)
    return Value(_shown(site_designs.add_task(site, design, call.token.upn or "app@sharepoint")), TASK)


@endpoint("POST", "sitescriptutility.getsitedesigntask", needs=READ, reads=True)
def get_task(call: Call) -> Answer:
    """A task that is done, or never was: null."""
    key = str(call.get("taskId", 0)).lower()
    found = [task for task in site_designs.look_at_tasks(call.emulator) if task["ID"] == key]
    return Value(_shown(found[0]), TASK) if found else Void()


@endpoint("POST", "sitescriptutility.getsitedesigntasks", needs=READ, reads=True)
def list_tasks(call: Call) -> Answer:
    site = _site_of(call)
    rows: list[Any] = [_shown(task) for task in site_designs.look_at_tasks(call.emulator) if task["SiteID"] == site.id]
    return Value(rows, TASK)


@endpoint("POST", "sitescriptutility.removesitedesigntask", needs=FULL)
def remove_task(call: Call) -> Answer:
    site_designs.forget(call.emulator.state, site_designs.TASKS, call.get("taskId", 0))
    return Void()


# ---- what became of it


@endpoint("POST", "sitescriptutility.getsitedesignrun", needs=READ, reads=True)
def list_runs(call: Call) -> Answer:
    site, design = _site_of(call), call.find("siteDesignId", 1)
    site_designs.look_at_tasks(call.emulator)
    rows: list[Any] = [
        _shown(run) for run in site.each("design run") if not design or run["SiteDesignID"] == str(design).lower()
    ]
    return Value(rows, RUN)


@endpoint("POST", "sitescriptutility.getsitedesignrunstatus", needs=READ, reads=True)
def list_statuses(call: Call) -> Answer:
    run = _site_of(call).find("design run", str(call.get("runId", 1)).lower())
    return Value([] if run is None else run["_rows"], STATUS)
