"""Microsoft Graph: directory, invitations, groups, mail, tenant sharing settings. Read and written raw, through our
transport: pages of 999 cost 30 times less this way, and the library's `$batch` loses answers (see batch.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ..errors import (
    AccessDenied,
    BadAnswer,
    ForeignHost,
    InvitationsBlocked,
    NotFound,
    OutcomeUnknown,
    Rejected,
)
from ..sharing import Sharing
from . import directory
from .answers import need
from .batch import ROOT, SIZE, Item, send_items
from .call import Call, literal, segment
from .directory import USER_FIELDS, make_user
from .graph_groups import GraphGroups
from .model import (
    Answer,
    AuthorizationPolicy,
    DirectoryUser,
    Invitation,
    Organization,
    SiteRef,
    TenantSharing,
)
from .paging import Row, list_each, list_rows, rows_of

SETTINGS = f"{ROOT}/admin/sharepoint/settings"
FIND_USERS = "find accounts by address"
DOMAIN_MODES = {"none": "none", "allowList": "allow-list", "blockList": "block-list"}


class Graph(GraphGroups):
    """Every method raises GatewayError where it does not answer each item on its own."""

    # -- tenant

    def get_organization(self) -> Organization:
        operation = "read the organisation"
        call = Call(operation, "GET", f"{ROOT}/organization?$select=id,displayName,verifiedDomains")
        rows = rows_of(self._transport.json(call), operation)
        if len(rows) != 1:
            raise BadAnswer(f"{operation}: the answer has {len(rows)} organisations")
        used, total = self._directory_size()
        return Organization(
            id=need(rows[0], "id", str, operation).lower(),
            name=need(rows[0], "displayName", str, operation),
            verified_domains=tuple(
                need(each, "name", str, operation).lower() for each in need(rows[0], "verifiedDomains", list, operation)
            ),
            directory_objects=used,
            directory_quota=total,
        )

    def _directory_size(self) -> tuple[int | None, int | None]:
        """Asked for apart: a tenant that does not know the property refuses the whole request."""
        operation = "read the directory's size"
        call = Call(operation, "GET", f"{ROOT}/organization?$select=directorySizeQuota")
        try:
            rows = rows_of(self._transport.json(call), operation)
        except (Rejected, AccessDenied):
            return None, None
        size = (rows[0].get("directorySizeQuota") if rows else None) or {}
        return _number(size.get("used")), _number(size.get("total"))

    def get_authorization_policy(self) -> AuthorizationPolicy:
        operation = "read who may invite"
        row = self._transport.json(Call(operation, "GET", f"{ROOT}/policies/authorizationPolicy"))
        return AuthorizationPolicy(
            allow_invites_from=need(row, "allowInvitesFrom", str, operation),
            guest_role_id=need(row, "guestUserRoleId", str, operation).lower(),
        )

    def get_tenant_sharing(self) -> TenantSharing:
        operation = "read the tenant's sharing"
        row = self._transport.json(Call(operation, "GET", SETTINGS))
        mode = DOMAIN_MODES.get(need(row, "sharingDomainRestrictionMode", str, operation))
        try:
            level = Sharing.from_graph(need(row, "sharingCapability", str, operation))
        except ValueError:
            level = None
        if level is None or mode is None:
            raise BadAnswer(f"{operation}: an unknown level or domain mode")
        return TenantSharing(
            level=level,
            guests_may_reshare=need(row, "isResharingByExternalUsersEnabled", bool, operation),
            domain_mode=mode,
            allowed_domains=_domains(row.get("sharingAllowedDomainList")),
            blocked_domains=_domains(row.get("sharingBlockedDomainList")),
        )

    def set_tenant_sharing(self, wanted: TenantSharing) -> None:
        """PATCH only what differs from what is there; says nothing about success: read back."""
        present, desired = _settings(self.get_tenant_sharing()), _settings(wanted)
        changes = {name: value for name, value in desired.items() if present[name] != value}
        if changes:
            # Setting the same values twice is setting them once.
            call = Call(
                "set the tenant's sharing", "PATCH", SETTINGS, role="provisioner", data=changes, repeatable=True
            )
            self._transport.send(call)

    # -- accounts

    def list_guests(self, *, sign_ins: bool = False) -> Iterator[DirectoryUser]:
        """Every guest of the directory, in pages of 999 (500 with sign-ins). `sign_ins` needs AuditLog.Read.All and a
        premium licence: raises AccessDenied where the tenant has none."""
        fields, top = (f"{USER_FIELDS},signInActivity", 500) if sign_ins else (USER_FIELDS, 999)
        url = f"{ROOT}/users?$filter=userType%20eq%20'Guest'&$select={fields}&$top={top}"
        return self._list_users("list the guests", url)

    def _list_users(self, operation: str, url: str) -> Iterator[DirectoryUser]:
        """Each account once: pages overlap while the directory changes."""
        seen: set[str] = set()
        for row in list_rows(self._transport, Call(operation, "GET", url)):
            user = make_user(row, operation)
            if user.id not in seen:
                seen.add(user.id)
                yield user

    def find_users(self, emails: Sequence[str]) -> dict[str, tuple[DirectoryUser, ...]]:
        """For each address the accounts, guests and members, that have it as mail, other mail, proxy address or sign-in
        name; `$batch` of 20. An address without any is in the answer with (). Raises the first error: a read that
        failed is never "nobody"."""
        return {email: answer.get() for email, answer in self.find_users_each(emails).items()}

    def find_users_each(self, emails: Sequence[str]) -> dict[str, Answer[tuple[DirectoryUser, ...]]]:
        """As find_users, each address with an outcome of its own."""
        wanted = list(dict.fromkeys(emails))
        items = [Item("GET", f"/users?$filter={_has_address(email)}&$select={USER_FIELDS}") for email in wanted]
        answers = list_each(self._transport, FIND_USERS, items)
        return {email: each.then(partial(_make_users, email)) for email, each in zip(wanted, answers, strict=True)}

    def get_users(self, ids: Sequence[str]) -> dict[str, DirectoryUser | None]:
        """Accounts by object id, `$batch` of 20; None where the directory does not (yet) know it."""
        operation = "read accounts"
        wanted = list(dict.fromkeys(ids))
        items = [Item("GET", f"/users/{segment(each)}?$select={USER_FIELDS}") for each in wanted]
        bodies = self._read_items(operation, items, missing_ok=True)
        return {
            each: None if body is None else make_user(body, operation)
            for each, body in zip(wanted, bodies, strict=True)
        }

    def list_groups_of(self, user_ids: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
        """Ids of the groups and roles that each account is a direct member of, `$batch` of 20; None where there are
        more than one page tells."""
        operation = "list the groups of accounts"
        items = [Item("GET", f"/users/{segment(each)}/memberOf?$select=id") for each in user_ids]
        found: dict[str, tuple[str, ...] | None] = {}
        for each, body in zip(user_ids, self._read_items(operation, items, missing_ok=True), strict=True):
            rows = need(body or {"value": []}, "value", list, operation)
            whole = body is None or "@odata.nextLink" not in body
            found[each] = tuple(need(row, "id", str, operation) for row in rows) if whole else None
        return found

    def _read_items(self, operation: str, items: Sequence[Item], *, missing_ok: bool = False) -> list[Any]:
        """The bodies; None for what does not exist where that is `missing_ok`. Raises the first other error: a read
        that failed is never "nothing found"."""
        bodies = []
        for answer in send_items(self._transport, operation, items, "reader"):
            if answer.error is not None and not (missing_ok and isinstance(answer.error, NotFound)):
                raise answer.error
            bodies.append(answer.body if answer.error is None else None)
        return bodies

    def invite(self, invitations: Sequence[Invitation]) -> list[Answer[str]]:
        """`$batch` of 20 POST /invitations, answers in order: the invited account's object id. A batch whose answer was
        lost is OutcomeUnknown for each of its items. Stops at the first InvitationsBlocked: the rest carry it too."""
        if any(Call("invite", "GET", each.redirect_url).host not in self._transport.hosts for each in invitations):
            raise ForeignHost("invite: an invitation leads to a host that is not this tenant's; nothing was sent")
        answers: list[Answer[str]] = []
        for start in range(0, len(invitations), SIZE):
            chunk = invitations[start : start + SIZE]
            answers += self._invite_chunk(chunk)
            blocked = next((a.error for a in answers[start:] if isinstance(a.error, InvitationsBlocked)), None)
            if blocked is not None:
                return answers + [Answer(error=blocked) for _ in invitations[start + SIZE :]]
        return answers

    def _invite_chunk(self, chunk: Sequence[Invitation]) -> list[Answer[str]]:
        operation = "invite"
        # Inviting again gives the same account; only Microsoft's own mail would go out twice.
        items = [
            Item("POST", "/invitations", directory.invitation_body(each), may_repeat=not each.message) for each in chunk
        ]
        answers: list[Answer[str]] = []
        for answer in send_items(self._transport, operation, items, "inviter"):
            account = directory.invited_id(answer.body)
            if account:
                answers.append(Answer(account))
            else:
                lost = OutcomeUnknown(f"{operation}: the answer does not name the invited account")
                answers.append(Answer(error=answer.error or lost))
        return answers

    # -- sites

    def list_sites(self) -> Iterator[SiteRef]:
        """Every site collection of the tenant except personal ones (getAllSites)."""
        operation = "list the sites"
        seen: set[str] = set()
        for row in list_rows(self._transport, Call(operation, "GET", f"{ROOT}/sites/getAllSites")):
            site_id, address = need(row, "id", str, operation), need(row, "webUrl", str, operation)
            personal = row.get("isPersonalSite") is True or "-my.sharepoint.com/" in address
            if not personal and site_id not in seen:
                seen.add(site_id)
                yield SiteRef(address, str(row.get("displayName") or row.get("name") or ""), site_id)


def _make_users(email: str, rows: Sequence[Row]) -> tuple[DirectoryUser, ...]:
    users = tuple(make_user(row, FIND_USERS) for row in rows)
    if any(email.lower() not in user.addresses for user in users):
        raise BadAnswer(f"{FIND_USERS}: the answer has accounts that do not have the address")
    return users


def _has_address(email: str) -> str:
    """The filter for accounts that have the address, one way or another; encoded."""
    value, proxy = literal(email), literal(f"smtp:{email}")
    tests = (
        f"mail%20eq%20{value}",
        f"otherMails/any(o:o%20eq%20{value})",
        f"proxyAddresses/any(p:p%20eq%20{proxy})",
        f"userPrincipalName%20eq%20{value}",
    )
    return "%20or%20".join(tests)


def _settings(sharing: TenantSharing) -> dict[str, object]:
    modes = {ours: theirs for theirs, ours in DOMAIN_MODES.items()}
    return {
        "sharingCapability": sharing.level.graph,
        "isResharingByExternalUsersEnabled": sharing.guests_may_reshare,
        "sharingDomainRestrictionMode": modes[sharing.domain_mode],
        "sharingAllowedDomainList": sorted(sharing.allowed_domains),
        "sharingBlockedDomainList": sorted(sharing.blocked_domains),
    }


def _domains(value: object) -> tuple[str, ...]:
    return tuple(sorted(str(each).lower() for each in value)) if isinstance(value, list) else ()


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
