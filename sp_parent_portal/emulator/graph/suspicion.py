"""A directory that stops taking invitations because so many of them look suspicious.

Nobody publishes where the line is: people met it after about eleven invitations, though half a minute lay between them,
and it did not go away by itself (Microsoft Q&A, 2026-04-16). The weather says where it lies here: after a number of
invitations (`invitations_blocked_after`), or past a rate (`invitations_blocked_past`: more than so many within so many
seconds), from then on for good.
"""

from __future__ import annotations

from .errors import GraphError
from .routing import Call

MESSAGE = (
    "Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help."
)
TIMES = "invitation_times"
BLOCKED = "invitations_blocked"


def check(call: Call) -> None:
    """One more invitation is asked for. Raises GraphError where the directory is blocked; that it is stays so."""
    if call.state.get_fact(BLOCKED) or _are_too_many(call) or _come_too_fast(call):
        if not call.state.get_fact(BLOCKED):
            call.state.set_fact(BLOCKED, True)
        raise GraphError(403, "Forbidden", MESSAGE, keeps=True)


def _are_too_many(call: Call) -> bool:
    most = call.state.get_fact("invitations_blocked_after")
    if most is None:
        return False
    made = call.state.db.execute("SELECT count(*) AS n FROM invitations").fetchone()["n"]
    return bool(made >= most)


def _come_too_fast(call: Call) -> bool:
    rate = call.state.get_fact("invitations_blocked_past")
    if rate is None:
        return False
    now = call.emulator.now().timestamp()
    times = [at for at in call.state.get_fact(TIMES) or [] if at > now - rate["seconds"]]
    call.state.set_fact(TIMES, [*times, now])
    return len(times) >= int(rate["invitations"])
