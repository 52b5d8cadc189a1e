"""Whatever a service answers is read as it stands or refused as BadAnswer: never another exception, never a guess."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sp_parent_portal.errors import BadAnswer
from sp_parent_portal.microsoft365 import answers, directory, site_rows

MAKERS: list[Callable[[Any, str], object]] = [
    directory.make_user,
    directory.make_group,
    directory.make_mail,
    directory.member_type,
    site_rows.make_tenant_sharing,
    site_rows.make_site,
    site_rows.make_external_user,
    site_rows.make_web,
    site_rows.make_list,
    site_rows.make_field,
    site_rows.make_item,
    site_rows.make_node,
    site_rows.make_level,
    site_rows.make_principal,
    site_rows.make_grant,
    site_rows.make_site_group,
    site_rows.make_outcome,
    site_rows.rows,
]
NAMES = [
    "id", "Id", "userPrincipalName", "displayName", "mail", "otherMails", "proxyAddresses", "userType",
    "externalUserState", "accountEnabled", "createdDateTime", "signInActivity", "lastSignInDateTime",
    "singleValueExtendedProperties", "toRecipients", "emailAddress", "address", "isDraft", "value", "@odata.type",
    "SharingCapability", "SiteDefinedSharingCapability", "SharingDomainRestrictionMode", "SharingAllowedDomainList",
    "PreventExternalUsersFromResharing", "Url", "SiteId", "Title", "OwnerEmail", "LockState", "UniqueId",
    "InvitedAs", "WhenCreated", "MembersCanShare", "CommentsOnSitePagesDisabled", "RequestAccessEmail",
    "RootFolder", "ServerRelativeUrl", "BaseTemplate", "Hidden", "HasUniqueRoleAssignments", "ItemCount",
    "InternalName", "TypeAsString", "Name", "BasePermissions", "High", "Low", "LoginName", "PrincipalType", "Email",
    "RoleDefinitionBindings", "Member", "Users", "Outcome", "ErrorCode", "OutcomeText", "Verb",
]  # fmt: skip
GOOD: dict[str, Any] = {
    "id": "a", "Id": 1, "userPrincipalName": "x", "Title": "t", "LoginName": "i:0#.f|membership|a", "PrincipalType": 1,
    "SharingCapability": 1, "SharingDomainRestrictionMode": 0, "PreventExternalUsersFromResharing": True, "Url": "u",
    "LockState": "Unlock", "UniqueId": "x", "MembersCanShare": True, "CommentsOnSitePagesDisabled": True,
    "BaseTemplate": 100, "Hidden": False, "InternalName": "x", "TypeAsString": "Text", "Name": "Read",
    "BasePermissions": {"High": "1", "Low": "2"}, "Users": [], "RoleDefinitionBindings": [], "Outcome": "0",
    "toRecipients": [{"emailAddress": {"address": "a@mail.example"}}], "isDraft": True,
    "singleValueExtendedProperties": [{"id": directory.KEY_PROPERTY, "value": "k"}],
}  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@settings(max_examples=40)
@given(changed=st.dictionaries(st.sampled_from(NAMES), values, max_size=5))
def test_any_row_is_read_or_refused(make: Callable[[Any, str], object], changed: dict[str, Any]) -> None:
    with suppress(BadAnswer):
        make({**GOOD, **changed}, "read")


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@settings(max_examples=40)
@given(row=st.dictionaries(st.sampled_from(NAMES), values))
def test_anything_at_all_is_read_or_refused(make: Callable[[Any, str], object], row: Any) -> None:
    with suppress(BadAnswer):
        make(row, "read")


@given(values)
def test_an_invitations_answer_has_an_id_or_none(body: Any) -> None:
    assert isinstance(directory.invited_id(body), str)
    assert isinstance(directory.invited_id({"invitedUser": body, "error": body}), str)


@given(values)
def test_a_moment_is_aware_or_nothing(value: Any) -> None:
    moment = answers.read_moment(value)
    assert moment is None or moment.tzinfo is not None
