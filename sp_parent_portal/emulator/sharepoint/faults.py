"""Refusals as SharePoint words them. Codes and HTTP statuses are recorded unless COVERAGE.md says otherwise; the status
does not follow from the kind of mistake."""

from __future__ import annotations

from dataclasses import dataclass

ARGUMENT = "System.ArgumentException"
SP = "Microsoft.SharePoint.SPException"
UNAUTHORIZED = "System.UnauthorizedAccessException"
QUERY = "Microsoft.SharePoint.Client.InvalidClientQueryException"
NO_SITE = "Microsoft.Online.SharePoint.Common.SpoNoSiteException"


@dataclass(eq=False)
class Fault(Exception):
    """Raised, it undoes what the request had written; returned as an answer, it does not."""

    status: int
    code: int
    kind: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(eq=False)
class Unplayed(Exception):
    """The emulator does not know: 501, naming what was asked."""

    what: str


class NoSuchSite(Exception):  # said as the web server says it, before the service is asked
    """404: there is no site at this address, or none yet."""


def access_denied() -> Fault:
    text = "Access denied. You do not have permission to perform this action or access this resource."
    return Fault(403, -2147024891, UNAUTHORIZED, text)


def admin_denied() -> Fault:
    return Fault(403, -2147024891, UNAUTHORIZED, "Attempted to perform an unauthorized operation.")


def site_blocked(what: str) -> Fault:
    return Fault(403, -2147024891, UNAUTHORIZED, f"{what} to this Web site has been blocked.")


def no_site(url: str) -> Fault:
    return Fault(500, -1, NO_SITE, f"Cannot get site {url}.")


def no_deleted_site(url: str) -> Fault:
    return Fault(400, -2147024809, ARGUMENT, f"Unable to find the deleted site: {url}.")


def no_list(title: str, site_url: str) -> Fault:
    return Fault(404, -1, ARGUMENT, f"List '{title}' does not exist at site with URL '{site_url}'.")


def no_list_id() -> Fault:
    text = (
        "List does not exist.\n\nThe page you selected contains a list that does not exist.  "
        "It may have been deleted by another user."
    )
    return Fault(404, -2130575322, SP, text)


def list_exists() -> Fault:
    text = (
        "A list, survey, discussion board, or document library with the specified title already exists in this Web "
        "site.  Please choose another title."
    )
    return Fault(500, -2130575342, SP, text)


def bad_template() -> Fault:
    return Fault(500, -2130575237, SP, "Invalid list template.")


def no_file(path: str) -> Fault:
    return Fault(404, -2130575338, SP, f"The file {path} does not exist.")


def outside_web() -> Fault:
    return Fault(400, -2147024809, ARGUMENT, "Server relative urls must start with SPWeb.ServerRelativeUrl")


def no_item() -> Fault:
    return Fault(404, -2130575338, ARGUMENT, "Item does not exist. It may have been deleted by another user.")


def no_field(name: str) -> Fault:
    text = f"Column '{name}' does not exist. It may have been deleted by another user."
    return Fault(404, -2147024809, ARGUMENT, text)


def no_view() -> Fault:
    return Fault(404, -2147024809, ARGUMENT, "The specified view is invalid.")


def no_user() -> Fault:
    return Fault(500, -2146232832, SP, "User cannot be found.")


def no_group() -> Fault:
    return Fault(404, -2146232832, SP, "Group cannot be found.")


def group_exists() -> Fault:
    return Fault(500, -2130575293, SP, "The specified name is already in use. Please try again with a new name.")


def unresolved(login: str) -> Fault:
    return Fault(400, -2146232832, SP, f"The specified user {login} could not be found.")


def no_role() -> Fault:
    return Fault(404, -2146232832, SP, "The permission level could not be found.")


def role_exists(name: str) -> Fault:
    return Fault(500, -2130575293, SP, f"A permission level with the name {name} already exists.")


def no_binding() -> Fault:
    return Fault(500, -2146232832, SP, "You cannot grant this permission level, or it is among those granted already.")


def no_principal(number: object) -> Fault:
    return Fault(404, -2146232832, SP, f"Can not find the principal with id: {number}.")


def no_unique_permissions() -> Fault:
    text = "You cannot customize permissions on a securable object that inherits permissions."
    return Fault(500, -2146233079, "System.InvalidOperationException", text)


def bad_value(message: str) -> Fault:
    return Fault(400, -2147024809, ARGUMENT, message)


def bad_query(message: str) -> Fault:
    return Fault(400, -1, QUERY, message)


def no_property(name: str, kind: str) -> Fault:
    text = (
        f"The property '{name}' does not exist on type '{kind}'. "
        "Make sure to only use property names that are defined by the type."
    )
    return Fault(400, -1, QUERY, text)


def unknown_column(name: str) -> Fault:
    return Fault(400, -1, QUERY, f"The field or property '{name}' does not exist.")


def read_only() -> Fault:
    text = "Invalid data has been used to update the list item. The field you are trying to update may be read only."
    return Fault(400, -2147352571, SP, text)


def no_node() -> Fault:
    return Fault(404, -2147024809, ARGUMENT, "The navigation node could not be found.")


def wrong_type(odata: str) -> Fault:
    text = f"Cannot convert a primitive value to the expected type '{odata}'. See the inner exception for more details."
    return bad_value(text)
