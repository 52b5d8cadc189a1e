"""Site scripts and designs that the tenant keeps, and applying a design to a site.

Unlike ExecuteTemplateScript, a design brings a list that exists up to date (seen with real traffic, 2024-11; Microsoft
Learn says so too). A design is applied at once, or as a task that is carried out a while later (fact `provisioning`,
`operation_polls` looks).
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ..limits import load_limits
from . import scripts
from .faults import Fault, bad_value
from .script_verbs import Action
from .site import Doc, Site, find_site_by_id

if TYPE_CHECKING:
    from ..app import Emulator
    from ..state import State

SCRIPTS, DESIGNS, TASKS = "site_scripts", "site_designs", "site_design_tasks"
NO_FILE = "System.IO.FileNotFoundException"
LONGEST = 100_000  # characters of a script that is carried out later (Microsoft Learn, 2026-07)
DESIGN: Doc = {
    "Description": None,
    "DesignPackageId": "00000000-0000-0000-0000-000000000000",
    "DesignType": 0,
    "IsDefault": False,
    "IsOutOfBoxTemplate": False,
    "IsTenantAdminOnly": False,
    "ListColor": 0,
    "ListIcon": 0,
    "PreviewImageAltText": None,
    "PreviewImageUrl": None,
    "RequiresGroupConnected": False,
    "RequiresTeamsConnected": False,
    "RequiresYammerConnected": False,
    "SiteScriptIds": [],
    "SupportedWebTemplates": [],
    "TemplateFeatures": [],
    "ThumbnailUrl": None,
    "Title": "",
    "WebTemplate": "64",
    "Id": "",
    "Order": 0,
    "Version": 1,
}


def list_kept(state: State, kind: str) -> list[Doc]:
    """In the order they were made."""
    return list((state.get_fact(kind) or {}).values())


def get_kept(state: State, kind: str, key: object) -> Doc:
    """Raises Fault where there is none of that id."""
    doc = (state.get_fact(kind) or {}).get(str(key).strip("{}").lower())
    if doc is None:
        raise Fault(404, -2147024894, NO_FILE, "File Not Found.")
    return dict(doc)


def keep(state: State, kind: str, doc: Doc, key: str) -> Doc:
    state.set_fact(kind, {**(state.get_fact(kind) or {}), key: doc})
    return doc


def forget(state: State, kind: str, key: object) -> None:
    """Raises Fault where there is none of that id."""
    get_kept(state, kind, key)
    state.set_fact(kind, {name: doc for name, doc in state.get_fact(kind).items() if name != str(key).lower()})


def read_script(text: str) -> list[Action]:
    """The actions of a script. Raises Fault."""
    try:
        doc = json.loads(text)
    except ValueError:
        raise bad_value("The site script is not valid JSON.") from None
    actions = doc.get("actions") if isinstance(doc, dict) else None
    if not isinstance(actions, list) or not all(isinstance(action, dict) for action in actions):
        raise bad_value("The site script is not valid: actions is missing.")
    return actions


def make_script(state: State, title: str, description: str, content: str) -> Doc:
    """Raises Fault for a script that cannot be read."""
    read_script(content)
    key = str(uuid.uuid4())
    return keep(
        state,
        SCRIPTS,
        {"Content": content, "Description": description, "Id": key, "IsSiteScriptPackage": False, "Title": title,
         "Version": 0},
        key,
    )  # fmt: skip


def make_design(state: State, info: Doc) -> Doc:
    """Raises Fault for scripts that are not there."""
    key = str(uuid.uuid4())
    doc = {**DESIGN, **{name: value for name, value in info.items() if name in DESIGN}, "Id": key}
    for script in doc["SiteScriptIds"]:
        get_kept(state, SCRIPTS, script)
    return keep(state, DESIGNS, doc, key)


def list_actions(state: State, design: Doc) -> list[Action]:
    return [
        action for key in design["SiteScriptIds"] for action in read_script(get_kept(state, SCRIPTS, key)["Content"])
    ]


# ---- applying


def apply(site: Site, design: Doc) -> list[Doc]:
    """At once; more actions than that may hold do nothing at all (assumed: as ExecuteTemplateScript)."""
    actions = list_actions(site.state, design)
    most: int = load_limits()["sharepoint"]["other"]["site_script_actions_sync"]
    rows = [] if scripts.count(actions) > most else scripts.run(site, actions, updates=True)
    _keep_run(site, design, rows)
    return rows


def add_task(site: Site, design: Doc, login: str) -> Doc:
    """To be carried out later. Raises Fault for more than a task may hold (text assumed)."""
    contents = [get_kept(site.state, SCRIPTS, key)["Content"] for key in design["SiteScriptIds"]]
    most: int = load_limits()["sharepoint"]["other"]["site_script_actions_async"]
    if scripts.count(list_actions(site.state, design)) > most or sum(map(len, contents)) > LONGEST:
        raise bad_value(f"A site design holds at most {most} actions and {LONGEST} characters.")
    polls = (site.state.get_fact("provisioning") or {}).get("operation_polls", 1)
    key = str(uuid.uuid4())
    doc = {
        "ID": key,
        "LogonName": login,
        "SiteDesignID": design["Id"],
        "SiteDesignStore": 0,
        "SiteID": site.id,
        "WebID": site.web["Id"],
        "_left": polls,
    }
    return keep(site.state, TASKS, doc, key)


def look_at_tasks(emulator: Emulator) -> list[Doc]:
    """Those still waiting, after one more look: a task whose time has come is carried out and is there no more."""
    waiting = []
    for task in list_kept(emulator.state, TASKS):
        if task["_left"]:
            waiting.append(task)
            keep(emulator.state, TASKS, {**task, "_left": task["_left"] - 1}, task["ID"])
            continue
        site = find_site_by_id(emulator, task["SiteID"])
        if site is not None:
            design = get_kept(emulator.state, DESIGNS, task["SiteDesignID"])
            _keep_run(site, design, scripts.run(site, list_actions(emulator.state, design), updates=True))
        forget(emulator.state, TASKS, task["ID"])
    return waiting


def _keep_run(site: Site, design: Doc, rows: list[Doc]) -> None:
    key = str(uuid.uuid4())
    moment = str(int(site.emulator.now().timestamp() * 1000))
    run = {
        "ActionTrigger": 0,
        "ID": key,
        "InvokedBy": None,
        "SiteDesignID": design["Id"],
        "SiteDesignTitle": design["Title"],
        "SiteDesignVersion": design["Version"],
        "SiteID": site.id,
        "StartTime": moment,
        "WebID": site.web["Id"],
    }
    site.put("design run", key, {**run, "_rows": [_status(number, row, moment) for number, row in enumerate(rows)]})


def _status(number: int, row: Doc, moment: str) -> Doc:
    status: dict[str, Any] = {
        "ActionIndex": number,
        "ActionKey": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{row['Verb']}")),
        "ActionTitle": row["Title"],
        "ActionVerb": row["Verb"],
        "LastModified": moment,
        "OrdinalIndex": number,
        "OutcomeCode": int(row["Outcome"]),
        "OutcomeText": row["OutcomeText"],
        "SiteScriptID": "00000000-0000-0000-0000-000000000000",
        "SiteScriptIndex": 0,
        "SiteScriptTitle": "",
    }
    return status
