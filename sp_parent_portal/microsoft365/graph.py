"""Microsoft Graph: directory, invitations, groups, mail, tenant sharing settings. Read and written raw, through our
transport: pages of 999 cost 30 times less this way, and the library's `$batch` loses answers (see transport.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .model import (
    Answer,
    AuthorizationPolicy,
    DirectoryUser,
    Draft,
    Group,
    Invitation,
    Mail,
    Organization,
    SiteRef,
    TenantSharing,
)


class Graph:
    # -- tenant
    def get_organization(self) -> Organization: ...
    def get_authorization_policy(self) -> AuthorizationPolicy: ...
    def get_tenant_sharing(self) -> TenantSharing: ...
    def set_tenant_sharing(self, wanted: TenantSharing) -> None:
        """PATCH only what differs from what is there; says nothing about success: read back."""

    # -- accounts
    def list_guests(self, *, sign_ins: bool = False) -> Iterator[DirectoryUser]:
        """Every guest of the directory, in pages of 999 (500 with sign-ins). `sign_ins` needs AuditLog.Read.All and a
        premium licence: raises AccessDenied where the tenant has none."""

    def find_users(self, emails: Sequence[str]) -> dict[str, tuple[DirectoryUser, ...]]:
        """For each address the accounts, guests and members, that have it as mail, other mail, proxy address or sign-in
        name; `$batch` of 20. An address without any is in the answer with ()."""

    def get_users(self, ids: Sequence[str]) -> dict[str, DirectoryUser | None]:
        """Accounts by object id, `$batch` of 20; None where the directory does not (yet) know it."""

    def invite(self, invitations: Sequence[Invitation]) -> list[Answer[str]]:
        """`$batch` of 20 POST /invitations, answers in order: the invited account's object id. A batch whose answer was
        lost is OutcomeUnknown for each of its items. Stops at the first InvitationsBlocked: the rest carry it too."""

    # -- trip groups
    def find_groups(self, nickname: str) -> tuple[Group, ...]: ...
    def create_group(self, name: str, nickname: str, description: str) -> Group:
        """A security group without owners, not mail-enabled."""

    def delete_group(self, group_id: str) -> None: ...
    def list_members(self, group_id: str, *, transitive: bool = False) -> Iterator[DirectoryUser]:
        """Accounts only (nested groups are followed with `transitive`)."""

    def list_member_groups(self, group_id: str) -> Iterator[Group]:
        """The groups that are direct members of the group."""

    def add_members(self, group_id: str, user_ids: Sequence[str]) -> list[Answer[None]]:
        """20 a PATCH. One that is already a member is success; a refused PATCH is halved until the bad id is alone."""

    def remove_members(self, group_id: str, user_ids: Sequence[str]) -> list[Answer[None]]:
        """`$batch` of 20 DELETE; one that is no member is success."""

    # -- mail
    def find_mails(self, mailbox: str, trip: str) -> Iterator[Mail]:
        """Every mail of ours for the trip in the mailbox, drafts and sent, found by the extended property."""

    def create_drafts(self, mailbox: str, drafts: Sequence[Draft]) -> list[Answer[Mail]]: ...
    def send_drafts(self, mailbox: str, ids: Sequence[str]) -> list[Answer[None]]: ...

    # -- sites
    def list_sites(self) -> Iterator[SiteRef]:
        """Every site collection of the tenant except personal ones (getAllSites)."""
