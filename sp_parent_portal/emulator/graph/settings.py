"""The organization, its authorization policy, and SharePoint's tenant settings as Graph shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from .. import directory
from ..sharepoint import tenant_properties
from ..web import json_answer
from .errors import GraphError, bad_request
from .query import Doc, allow_only, context_of, pick, respell
from .routing import Call, route

# ---- organization ------------------------------------------------------------------------------------------------

ORGANIZATION = (
    "id", "deletedDateTime", "businessPhones", "city", "country", "countryLetterCode", "createdDateTime",
    "defaultUsageLocation", "displayName", "isMultipleDataLocationsForServicesEnabled", "marketingNotificationEmails",
    "onPremisesLastSyncDateTime", "onPremisesSyncEnabled", "partnerTenantType", "postalCode", "preferredLanguage",
    "securityComplianceNotificationMails", "securityComplianceNotificationPhones", "state", "street",
    "technicalNotificationMails", "tenantType", "directorySizeQuota", "privacyProfile", "assignedPlans",
    "onPremisesSyncStatus", "provisionedPlans", "verifiedDomains",
)  # fmt: skip
LISTS = ("businessPhones", "marketingNotificationEmails", "securityComplianceNotificationMails",
         "securityComplianceNotificationPhones", "technicalNotificationMails", "assignedPlans", "provisionedPlans",
         "onPremisesSyncStatus")  # fmt: skip


def _organization(call: Call) -> Doc:
    tenant = call.emulator.tenant
    quota = call.state.get_fact("directory_quota") or (300_000 if tenant.domains else 50_000)
    domains = [tenant.initial_domain, *tenant.domains]
    return {
        **dict.fromkeys(ORGANIZATION),
        **{name: [] for name in LISTS},
        "id": tenant.id,
        "displayName": tenant.display_name,
        "createdDateTime": "2020-01-01T00:00:00Z",
        "tenantType": "AAD",
        "directorySizeQuota": {"used": directory.count_objects(call.state), "total": quota},
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": name == domains[-1],
                "isInitial": name == tenant.initial_domain,
                "name": name,
                "type": "Managed",
            }
            for name in domains
        ],
    }


@route("GET", "/organization", permissions=("Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All",
                                            "Directory.ReadWrite.All", "User.Read"))  # fmt: skip
def list_organization(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    shown = pick(_organization(call), call.query.select, ORGANIZATION, ORGANIZATION, "organization")
    context = call.context(context_of("organization", call.query.select))
    return json_answer({"@odata.context": context, "value": [shown]})


# ---- authorization policy ----------------------------------------------------------------------------------------

POLICY_PERMISSIONS = ("Policy.Read.All", "Policy.ReadWrite.Authorization")
ALLOW_INVITES_FROM = ("none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone")
GUEST_ROLES = (
    "a0b1b346-4d3e-4e8b-98f8-753987be4970",  # the same as members
    "10dae51f-b6af-4016-8d66-8c2a99b929b3",  # limited, the default
    "2af84b1e-32c8-42b7-82bc-daa82404023b",  # restricted
)
DEFAULT_POLICY = {
    "id": "authorizationPolicy",
    "allowInvitesFrom": "everyone",
    "allowedToSignUpEmailBasedSubscriptions": True,
    "allowedToUseSSPR": True,
    "allowEmailVerifiedUsersToJoinOrganization": False,
    "allowUserConsentForRiskyApps": None,
    "blockMsolPowerShell": False,
    "displayName": "Authorization Policy",
    "description": "Used to manage authorization related settings across the company.",
    "guestUserRoleId": GUEST_ROLES[1],
    "defaultUserRolePermissions": {
        "allowedToCreateApps": True,
        "allowedToCreateSecurityGroups": True,
        "allowedToCreateTenants": True,
        "allowedToReadBitlockerKeysForOwnedDevice": True,
        "allowedToReadOtherUsers": True,
        "permissionGrantPoliciesAssigned": [],
    },
}


@route("GET", "/policies/authorizationPolicy", permissions=POLICY_PERMISSIONS)
def get_policy(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    doc = call.state.get_fact("authorization_policy")
    shown = pick(doc, call.query.select, tuple(DEFAULT_POLICY), DEFAULT_POLICY, "authorizationPolicy")
    context = call.context(f"{context_of('policies/authorizationPolicy', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **shown})


@route("PATCH", "/policies/authorizationPolicy", permissions=("Policy.ReadWrite.Authorization",))
def change_policy(call: Call) -> Response:
    doc = call.state.get_fact("authorization_policy")
    body = respell(call.body, DEFAULT_POLICY)
    for name, value in body.items():
        allowed = {"allowInvitesFrom": ALLOW_INVITES_FROM, "guestUserRoleId": GUEST_ROLES}.get(name)
        if name not in DEFAULT_POLICY or name == "id" or (allowed is not None and value not in allowed):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'AuthorizationPolicy'.")
    call.state.set_fact("authorization_policy", {**doc, **body})
    return Response(status=204)


# ---- SharePoint's tenant settings --------------------------------------------------------------------------------

CAPABILITIES = ("disabled", "externalUserSharingOnly", "externalUserAndGuestSharing", "existingExternalUserSharingOnly")
RESTRICTIONS = ("none", "allowList", "blockList")
TAGGING = ("disabled", "basic", "enhanced")
Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _domains(value: Any) -> list[str]:
    return str(value or "").split()


def _enum(names: tuple[str, ...]) -> tuple[Reader, Writer]:
    return (lambda number: names[int(number or 0)]), names.index


def _join(domains: Any) -> str:
    if not isinstance(domains, list) or not all(isinstance(name, str) for name in domains):
        raise TypeError("a list of domains is expected")
    return " ".join(domains)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false is expected")
    return value


# Graph's name: SharePoint's name of the same property, how it is read and how it is written. The two must agree.
SHARED: dict[str, tuple[str, Reader, Writer]] = {
    "deletedUserPersonalSiteRetentionPeriodInDays": ("OrphanedPersonalSitesRetentionPeriod", _same, int),
    "imageTaggingOption": ("ImageTaggingOption", *_enum(TAGGING)),
    "isCommentingOnSitePagesEnabled": ("CommentsOnSitePagesDisabled", lambda v: not v, lambda v: not _flag(v)),
    "isFileActivityNotificationEnabled": ("NotificationsInOneDriveForBusinessEnabled", bool, _flag),
    "isLegacyAuthProtocolsEnabled": ("LegacyAuthProtocolsEnabled", bool, _flag),
    "isLoopEnabled": ("IsLoopEnabled", bool, _flag),
    "isMacSyncAppEnabled": ("BlockMacSync", lambda v: not v, lambda v: not _flag(v)),
    "isRequireAcceptingUserToMatchInvitedUserEnabled": ("RequireAcceptingAccountMatchInvitedAccount", bool, _flag),
    "isResharingByExternalUsersEnabled": ("PreventExternalUsersFromResharing", lambda v: not v, lambda v: not _flag(v)),
    "isSharePointMobileNotificationEnabled": ("NotificationsInSharePointEnabled", bool, _flag),
    "isSiteCreationUIEnabled": ("DisplayStartASiteOption", bool, _flag),
    "isSyncButtonHiddenOnPersonalSite": ("HideSyncButtonOnODB", bool, _flag),
    "isUnmanagedSyncAppForTenantRestricted": ("IsUnmanagedSyncClientForTenantRestricted", bool, _flag),
    "personalSiteDefaultStorageLimitInMB": ("OneDriveStorageQuota", _same, int),
    "sharingAllowedDomainList": ("SharingAllowedDomainList", _domains, _join),
    "sharingBlockedDomainList": ("SharingBlockedDomainList", _domains, _join),
    "sharingCapability": ("SharingCapability", *_enum(CAPABILITIES)),
    "sharingDomainRestrictionMode": ("SharingDomainRestrictionMode", *_enum(RESTRICTIONS)),
}
# What only Graph shows, kept apart.
OWN: Doc = {
    "allowedDomainGuidsForSyncApp": [],
    "availableManagedPathsForSiteCreation": ["/sites/", "/teams/"],
    "excludedFileExtensionsForSyncApp": [],
    "idleSessionSignOut": {"isEnabled": False, "warnAfterInSeconds": 0, "signOutAfterInSeconds": 0},
    "isSharePointNewsfeedEnabled": True,
    "isSiteCreationEnabled": True,
    "isSitePagesCreationEnabled": True,
    "isSitesStorageLimitAutomatic": True,
    "siteCreationDefaultManagedPath": "/sites/",
    "siteCreationDefaultStorageLimitInMB": 26214400,
    "tenantDefaultTimezone": "(UTC) Dublin, Edinburgh, Lisbon, London",
}
SETTINGS = tuple(sorted((*SHARED, *OWN)))
SETTINGS_READ = ("SharePointTenantSettings.Read.All", "SharePointTenantSettings.ReadWrite.All")


def _show_settings(call: Call) -> Doc:
    properties = tenant_properties.load(call.state)
    own = {**OWN, **(call.state.get_fact("graph_sharepoint_settings") or {})}
    shared = {name: read(properties.get(theirs)) for name, (theirs, read, _) in SHARED.items()}
    return {name: shared[name] if name in shared else own[name] for name in SETTINGS}


@route("GET", "/admin/sharepoint/settings", permissions=SETTINGS_READ, service="sharepoint", price="single_get")
def get_sharepoint_settings(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    shown = pick(_show_settings(call), call.query.select, SETTINGS, SETTINGS, "sharepointSettings")
    context = call.context(context_of("admin/sharepoint/settings", call.query.select) + "/$entity")
    return json_answer({"@odata.context": context, **shown})


@route("PATCH", "/admin/sharepoint/settings", permissions=SETTINGS_READ[1:], service="sharepoint")
def change_sharepoint_settings(call: Call) -> Response:
    properties: Doc = {}
    own = call.state.get_fact("graph_sharepoint_settings") or {}
    for name, value in respell(call.body, SETTINGS).items():
        if name.startswith("@odata."):
            continue
        if name in OWN:
            own[name] = value
            continue
        if name not in SHARED:
            raise GraphError(
                400,
                "invalidRequest",
                f"The property '{name}' does not exist on type 'microsoft.graph.sharepointSettings'.",
            )
        theirs, _, write = SHARED[name]
        try:
            properties[theirs] = write(value)
        except (TypeError, ValueError):
            raise GraphError(400, "invalidRequest", f"Invalid value for property '{name}'.") from None
    tenant_properties.change(call.state, properties)
    call.state.set_fact("graph_sharepoint_settings", own)
    head = {"@odata.context": call.context("admin/sharepoint/settings/$entity")}
    return json_answer({**head, **_show_settings(call)})
