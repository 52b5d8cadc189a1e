"""Education users: students and the people related to them.

Whether the real service fills relatedContacts in a list is not documented: the seed decides it (`education_list`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from .. import directory
from ..web import json_answer
from . import odata
from .errors import GraphError, bad_request
from .query import Doc, allow_only, context_of, cut_page, listing, page_size, pick, respell
from .routing import Call, route
from .users import get_visible_user

READ = ("EduRoster.Read.All", "EduRoster.ReadWrite.All")
WRITE = ("EduRoster.ReadWrite.All",)
ROLES = ("student", "teacher", "faculty")
RELATIONSHIPS = ("parent", "relative", "aide", "doctor", "guardian", "child", "other")
NEEDED = ("displayName", "emailAddress", "relationship")
OPTIONAL = ("mobilePhone", "accessConsent", "id")

# Documented: what is answered when nothing is selected. relatedContacts is not among it.
DEFAULT = (
    "id", "primaryRole", "middleName", "externalSource", "externalSourceDetail", "residenceAddress", "mailingAddress",
    "student", "teacher", "createdBy", "accountEnabled", "assignedLicenses", "assignedPlans", "businessPhones",
    "department", "displayName", "givenName", "mail", "mailNickname", "mobilePhone", "passwordPolicies",
    "passwordProfile", "officeLocation", "preferredLanguage", "provisionedPlans", "refreshTokensValidFromDateTime",
    "showInAddressList", "surname", "usageLocation", "userPrincipalName", "userType", "onPremisesInfo",
)  # fmt: skip
KNOWN = (*DEFAULT, "relatedContacts")


def as_education_user(doc: Doc, row: Mapping[str, str]) -> Doc:
    """The account with what School Data Sync knows of it; `row` is a line of the seed's users.csv."""
    given, _, family = row["name"].rpartition(" ")
    student = {
        "externalId": row.get("student_id") or None,
        "grade": row.get("grade") or None,
        "birthDate": row.get("birth_date") or None,
    }
    education: Doc = {
        "primaryRole": row["role"],
        "externalSource": "sis",
        "student": student if row["role"] == "student" else None,
        "relatedContacts": [],
    }
    return {**doc, "givenName": given or None, "surname": family or None, "_education": education}


def with_contact(doc: Doc, row: Mapping[str, str]) -> Doc:
    """The student with one more contact; `row` is a line of the seed's related_contacts.csv."""
    contact = {
        "displayName": row["name"],
        "emailAddress": row["email"],
        "mobilePhone": row.get("phone") or None,
        "relationship": row["relationship"],
        "accessConsent": {"true": True, "false": False}.get(row.get("consent", "")),
    }
    education = doc["_education"]
    return {**doc, "_education": {**education, "relatedContacts": [*education["relatedContacts"], contact]}}


def is_student(doc: Doc) -> bool:
    return bool(doc.get("_education")) and doc["_education"]["primaryRole"] == "student"


def _show(call: Call, doc: Doc, *, in_list: bool) -> Doc:
    shown = pick({**doc, **doc["_education"]}, call.query.select, DEFAULT, KNOWN, "educationUser")
    if "relatedContacts" in shown:
        how = call.state.get_fact("education_list") or "full"
        # Documented: a person's token gets a limited set of properties.
        if not call.token.app_only or (in_list and how == "absent"):
            del shown["relatedContacts"]
        elif in_list and how == "empty":
            shown["relatedContacts"] = []
    return shown


@route("GET", "/education/users", permissions=READ, price="get_users")
def list_education_users(call: Call) -> Response:
    query = call.query
    allow_only(call.request, query, "$filter", "$select", "$top", "$skiptoken")
    if query.filter is not None and odata.find_equals(query.filter, {"primaryrole": "primaryRole"}) is None:
        raise bad_request("Invalid filter clause: only primaryRole can be compared here.")

    def wanted(doc: Doc) -> bool:
        education: Doc | None = doc.get("_education")
        return education is not None and (query.filter is None or odata.fits(query.filter, education))

    page, more_after = cut_page(directory.list_users(call.state, after=query.after), page_size(query), wanted)
    shown = [(number, _show(call, doc, in_list=True)) for number, doc in page]
    context = call.context(context_of("education/users", query.select))
    return listing(call.request, context, shown, more_after=more_after)


@route("GET", "/education/users/<key>", permissions=READ)
def get_education_user(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    return _answer(call, _get(call))


@route("PATCH", "/education/users/<key>", permissions=WRITE)
def change_education_user(call: Call) -> Response:
    """Only relatedContacts, which replaces the whole collection and must come alone."""
    doc = _get(call)
    body = respell(call.body, KNOWN)
    if not call.token.app_only:
        raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    if set(body) != {"relatedContacts"} or not isinstance(body["relatedContacts"], list):
        raise bad_request("relatedContacts must be updated alone, as a collection.")
    contacts = [_read_contact(each) for each in body["relatedContacts"]]
    changed = {**doc, "_education": {**doc["_education"], "relatedContacts": contacts}}
    directory.store_user(call.state, changed)
    return _answer(call, changed)


def _get(call: Call) -> Doc:
    doc = get_visible_user(call, call.args["key"])
    if not doc.get("_education"):
        raise GraphError(404, "Request_ResourceNotFound", "Resource not found.")
    return doc


def _answer(call: Call, doc: Doc) -> Response:
    context = call.context(f"{context_of('education/users', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **_show(call, doc, in_list=False)})


def _read_contact(sent: Any) -> Doc:
    row = respell(sent, (*NEEDED, *OPTIONAL)) if isinstance(sent, dict) else {}
    row = {name: value for name, value in row.items() if not name.startswith("@odata.")}
    if any(not isinstance(row.get(name), str) for name in NEEDED) or set(row) - {*NEEDED, *OPTIONAL}:
        raise bad_request("A relatedContact has displayName, emailAddress and relationship.")
    if row["relationship"] not in RELATIONSHIPS or not isinstance(row.get("accessConsent"), bool | None):
        raise bad_request("Requested value of a relatedContact was not found.")
    return {"mobilePhone": None, "accessConsent": None, **row}
