"""Site scripts: SiteScriptUtility."""

from __future__ import annotations

import json

from ...limits import load_limits
from .. import scripts, site_designs
from ..answers import Value
from ..faults import bad_value
from ..routes import FULL, Answer, Call, endpoint
from ..script_verbs import Action

RESULT = "Microsoft.SharePoint.Utilities.WebTemplateExtensions.SiteScriptActionResult"


@endpoint("POST", "sitescriptutility.executetemplatescript", needs=FULL, price="site_script_action")
def execute_script(call: Call) -> Answer:
    """200 whatever became of the actions; more of them than the service takes at once: no rows at all."""
    actions = site_designs.read_script(str(call.get("script")))
    size = scripts.count(actions)
    call.request.price_times = max(1, size)
    largest: int = load_limits()["sharepoint"]["other"]["site_script_actions_sync"]
    rows = [] if size > largest else scripts.run(call.site, actions)
    return Value(rows, RESULT)


@endpoint("POST", "sitescriptutility.executesitescriptaction", needs=FULL, price="site_script_action")
def execute_action(call: Call) -> Answer:
    action = _read(call.get("actionDefinition"))
    rows = scripts.run(call.site, [action])
    return Value(rows, RESULT)


@endpoint("POST", "sitescriptutility.validatependingwebtemplateextension", needs=FULL)
def validate_pending(call: Call) -> Answer:
    """Recorded: the answer is false, and the site's provisioning is complete afterwards."""
    call.site.doc["_complete_polls"] = 0
    call.site.store()
    return Value(False)


def _read(text: object) -> Action:
    try:
        doc = json.loads(str(text))
    except ValueError:
        raise bad_value("The site script is not valid JSON.") from None
    if not isinstance(doc, dict):
        raise bad_value("The site script is not valid JSON.")
    return doc
