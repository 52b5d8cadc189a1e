"""The published verbs of Microsoft's site-script JSON that a template may use, as a strict model.

Source: Microsoft Learn, "Site template JSON schema" and the schema it names (read 2026-08). Parameters are spelt as
Microsoft spells them: SharePoint ignores a parameter in the wrong case without a word. What else is published, and why
we refuse it, stands in site_scripts.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .site_columns import GUID, check_field_xml, check_internal_name, parse_xml
from .template_text import has_placeholder

LIST_TEMPLATES = (100, 101, 102, 103, 104, 105, 106, 108, 109, 119, 1100)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _is_guid(value: str) -> str:
    if not GUID.fullmatch(value.strip("{}")):
        raise ValueError("must be a GUID")
    return value


def _internal(value: str) -> str:
    if wrong := check_internal_name(value):
        raise ValueError(wrong[0])
    return value


def _list_template(value: int) -> int:
    if value not in LIST_TEMPLATES:
        raise ValueError(f"list template {value} is not supported; use one of {', '.join(map(str, LIST_TEMPLATES))}")
    return value


# What a new site shows (recorded by PnP Core for team sites, read 2026-11), and the list that remembers how we left it.
TAKEN_NAMES = frozenset({"documents", "form templates", "site assets", "site pages", "style library", "spparentportal"})


def _list_name(value: str) -> str:
    """The title, and what SharePoint makes the list's address of."""
    if not re.fullmatch(r"[^\W_](?:[\w -]{0,48}[^\W_])?", value):
        raise ValueError("a list's name is 1 to 50 letters, digits, spaces and dashes")
    if value.casefold() in TAKEN_NAMES:
        raise ValueError("every trip's site has a list of that name already: give this one another")
    return value


def _xml_fragment(value: str) -> str:
    parse_xml(f"<Query>{value}</Query>")
    return value


def _from_input(value: str) -> str:
    return value if has_placeholder(value) else _is_guid(value)


Name = Annotated[str, Field(min_length=1, max_length=255)]
Guid = Annotated[str, AfterValidator(_is_guid)]
Internal = Annotated[str, AfterValidator(_internal)]
FieldType = Literal["Text", "Note", "Number", "Boolean", "User", "DateTime"]
Whole = Annotated[int, Field(ge=0)]
Object = dict[str, Any]


# ---- what a list is made of ------------------------------------------------------------------------------------------


class SetDescription(_Model):
    verb: Literal["setDescription"]
    description: Annotated[str, Field(max_length=4000)]


class AddSPField(_Model):
    """`id` and `internalName`, which Microsoft leaves open, are needed to find the column again."""

    verb: Literal["addSPField"]
    fieldType: FieldType
    displayName: Name
    isRequired: bool
    id: Guid
    internalName: Internal
    addToDefaultView: bool = False
    enforceUnique: bool = False


def _field_xml(value: str) -> str:
    if wrong := check_field_xml(value):
        raise ValueError("; ".join(wrong))
    return value


class AddSPFieldXml(_Model):
    verb: Literal["addSPFieldXml"]
    schemaXml: Annotated[str, AfterValidator(_field_xml)]
    addToDefaultView: bool = False


class DeleteSPField(_Model):
    verb: Literal["deleteSPField"]
    displayName: Name


class AddSPView(_Model):
    verb: Literal["addSPView"]
    name: Name
    viewFields: Annotated[list[Name], Field(min_length=1)]
    query: Annotated[str, AfterValidator(_xml_fragment)]
    rowLimit: Annotated[int, Field(ge=1, le=5000)]
    isPaged: bool
    makeDefault: bool = False
    scope: Literal["Default", "Recursive", "RecursiveAll", "FilesOnly"] = "Default"
    formatterJSON: Object | Literal[""] = ""
    addLink: str = ""
    viewType2: str = ""
    replaceViewFields: bool = False


class NamedInList(_Model):
    verb: Literal["removeSPView", "addContentType", "removeContentType"]
    name: Name


class SetSPFieldCustomFormatter(_Model):
    verb: Literal["setSPFieldCustomFormatter"]
    fieldDisplayName: Name
    formatterJSON: Object


class SetClientFormCustomFormatter(_Model):
    verb: Literal["setClientFormCustomFormatter"]
    clientFormCustomFormatter: Object


class AddFolder(_Model):
    verb: Literal["addFolder"]
    path: Name


class CreateSPList(_Model):
    """The subactions are checked one by one, so that each mistake has its own place."""

    verb: Literal["createSPList"]
    listName: Annotated[str, AfterValidator(_list_name)]
    templateType: Annotated[int, AfterValidator(_list_template)]
    color: str = ""
    icon: str = ""
    subactions: list[Any] = []


# ---- what a site is made of ------------------------------------------------------------------------------------------


class ActivateSPFeature(_Model):
    verb: Literal["activateSPFeature"]
    featureId: Guid
    scope: Literal["web", "site", "Web", "Site"] = "web"


class AddContentTypesFromHub(_Model):
    verb: Literal["addContentTypesFromHub"]
    ids: list[Name] = []


def _leads_away(url: str) -> bool:
    """To anywhere, or to another site of the tenant."""
    inside = re.fullmatch(r"/sites/[^\\?#]+", url) and ".." not in url.split("/")
    return url.startswith("https://") or bool(inside)


class AddNavLink(_Model):
    verb: Literal["addNavLink"]
    displayName: Name
    url: Annotated[str, Field(max_length=2000)]
    isWebRelative: bool = False
    navComponent: Literal["QuickLaunch"] = "QuickLaunch"

    @model_validator(mode="after")
    def _safe(self) -> AddNavLink:
        if self.isWebRelative:
            if not re.fullmatch(r"/(?![/\\])[^\\?#]*", self.url) or ".." in self.url.split("/"):
                raise ValueError("url must begin with one / and stay inside the site")
        elif self.url and not has_placeholder(self.url[:2]) and not _leads_away(self.url):
            raise ValueError('url must begin with https:// or /sites/, or be "" for a heading')
        return self


class RemoveNavLink(_Model):
    verb: Literal["removeNavLink"]
    displayName: Name
    url: str = ""
    isWebRelative: bool = False
    navComponent: Literal["QuickLaunch"] = "QuickLaunch"


class ApplyTheme(_Model):
    verb: Literal["applyTheme"]
    themeName: str = ""
    themeJson: Object = {}

    @model_validator(mode="after")
    def _one(self) -> ApplyTheme:
        if bool(self.themeName) == bool(self.themeJson):
            raise ValueError("needs one of themeName and themeJson")
        return self


class ColumnOfContentType(_Model):
    verb: Literal["addSiteColumn", "removeSiteColumn"]
    internalName: Name


class CreateContentType(_Model):
    verb: Literal["createContentType"]
    name: Name
    hidden: bool
    id: str = ""
    parentId: str = ""
    parentName: str = ""
    description: str = ""
    group: str = ""
    subactions: list[ColumnOfContentType] = []

    @model_validator(mode="after")
    def _one_parent(self) -> CreateContentType:
        if sum(map(bool, (self.id, self.parentId, self.parentName))) != 1:
            raise ValueError("needs exactly one of id, parentId and parentName")
        return self


class CreateSiteColumn(_Model):
    verb: Literal["createSiteColumn"]
    fieldType: FieldType
    internalName: Internal
    displayName: Name
    isRequired: bool
    id: Guid
    group: str = ""
    enforceUnique: bool = False


class CreateSiteColumnXml(_Model):
    verb: Literal["createSiteColumnXml"]
    schemaXml: Annotated[str, AfterValidator(_field_xml)]
    pushChanges: bool = True


class JoinHubSite(_Model):
    verb: Literal["joinHubSite"]
    hubSiteId: Annotated[str, AfterValidator(_from_input)]
    name: str = ""


class SetRegionalSettings(_Model):
    verb: Literal["setRegionalSettings"]
    timeZone: Whole
    locale: Whole
    sortOrder: Whole
    hourFormat: Literal["12", "24"]


class SetSiteBranding(_Model):
    verb: Literal["setSiteBranding"]
    navigationLayout: Literal["Cascade", "Megamenu"] = "Cascade"
    headerLayout: Literal["Standard", "Compact"] = "Standard"
    headerBackground: Literal["None", "Neutral", "Soft", "Strong"] = "None"
    showFooter: bool = False


ACTIONS: Mapping[str, type[_Model]] = {
    "activateSPFeature": ActivateSPFeature,
    "addContentTypesFromHub": AddContentTypesFromHub,
    "addNavLink": AddNavLink,
    "applyTheme": ApplyTheme,
    "createContentType": CreateContentType,
    "createSiteColumn": CreateSiteColumn,
    "createSiteColumnXml": CreateSiteColumnXml,
    "createSPList": CreateSPList,
    "joinHubSite": JoinHubSite,
    "removeNavLink": RemoveNavLink,
    "setRegionalSettings": SetRegionalSettings,
    "setSiteBranding": SetSiteBranding,
}
SUBACTIONS: Mapping[str, type[_Model]] = {
    "setDescription": SetDescription,
    "addSPField": AddSPField,
    "addSPFieldXml": AddSPFieldXml,
    "deleteSPField": DeleteSPField,
    "addSPView": AddSPView,
    "removeSPView": NamedInList,
    "addContentType": NamedInList,
    "removeContentType": NamedInList,
    "setSPFieldCustomFormatter": SetSPFieldCustomFormatter,
    "setClientFormCustomFormatter": SetClientFormCustomFormatter,
    "addFolder": AddFolder,
}
