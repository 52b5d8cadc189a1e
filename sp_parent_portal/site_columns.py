"""Columns of a list in a site script: addSPField and addSPFieldXml → the Field XML that adds them anywhere.

Source: Microsoft Learn, "Field element (Field)" and "Site template JSON schema" (read 2026-08). What is allowed here is
less than SharePoint takes: a column that runs script (JSLink), reads another list or cannot be told by its internal
name is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from .template_model import WantedField

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

COLUMN_VERBS = ("addSPField", "addSPFieldXml")
INTERNAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,30}")
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TYPES = ("Text", "Note", "Number", "Currency", "DateTime", "Boolean", "Choice", "MultiChoice", "URL", "User")
ELEMENTS = ("Field", "Default", "CHOICES", "CHOICE")
ATTRIBUTES = frozenset(
    {
        *("ID", "Name", "StaticName", "DisplayName", "Type", "Required", "Description", "Group", "Format"),
        *("RichText", "RichTextMode", "NumLines", "AppendOnly", "IsolateStyles", "MaxLength", "FillInChoice"),
        *("Min", "Max", "Decimals", "Percentage", "LCID", "EnforceUniqueValues", "Indexed", "Hidden"),
        *("FriendlyDisplayFormat", "StorageTZ", "UserSelectionMode", "UnlimitedLengthInDocumentLibrary"),
        *("ShowInNewForm", "ShowInEditForm", "ShowInDisplayForm"),
    }
)
# Columns that lists and libraries have without us, as views may name them; in lower case.
BUILT_IN = frozenset(
    {
        *("id", "title", "linktitle", "linktitlenomenu", "created", "modified", "author", "editor", "attachments"),
        *("contenttype", "contenttypeid", "edit", "guid", "order", "name", "filename", "fileleafref", "fileref"),
        *("linkfilename", "linkfilenamenomenu", "docicon", "filesizedisplay"),
    }
)


def parse_xml(text: str) -> Element:
    """Raises ValueError for what is not well-formed, declares a DTD or is far too large."""
    if len(text) > 10_000:
        raise ValueError("XML is longer than 10,000 characters")
    try:
        return fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as exc:
        raise ValueError(f"is not well-formed XML ({type(exc).__name__})") from None


def check_field_xml(text: str) -> list[str]:
    """What is wrong with the schemaXml of a column, as sentences."""
    try:
        field = parse_xml(text)
    except ValueError as exc:
        return [f"schemaXml {exc}"]
    if field.tag != "Field":
        return [f"schemaXml must be a <Field>, not a <{field.tag}>"]
    wrong = [f"element <{each.tag}> is not allowed" for each in field.iter() if each.tag not in ELEMENTS]
    wrong += [f"attribute {name} is not allowed" for name in field.attrib if name not in ATTRIBUTES]
    wrong += [
        f"attribute {name} of <{c.tag}> is not allowed" for c in field.iter() if c is not field for name in c.attrib
    ]
    wrong += [f"attribute {name} is missing" for name in ("ID", "Name", "DisplayName", "Type") if not field.get(name)]
    if "Type" in field.attrib and field.get("Type") not in TYPES:
        wrong.append(f"type {field.get('Type')} is not one of {', '.join(sorted(TYPES))}")
    if "ID" in field.attrib and not re.fullmatch(r"\{" + GUID.pattern + r"\}", field.get("ID", "")):
        wrong.append("ID must be a GUID in braces")
    if field.get("StaticName", field.get("Name")) != field.get("Name"):
        wrong.append("StaticName must be the same as Name")
    return wrong + (check_internal_name(field.get("Name", "")) if field.get("Name") else [])


def check_internal_name(name: str) -> list[str]:
    """Other names are encoded or cut by SharePoint, and the column could not be found again."""
    if name.lower() in BUILT_IN:
        return [f"{name} is a column that every list has already"]
    if not INTERNAL_NAME.fullmatch(name):
        return [f"internal name {name} must be a letter, then letters and digits, at most 31 in all"]
    return []


def make_field(subaction: Mapping[str, object]) -> WantedField:
    """The column of a checked addSPField or addSPFieldXml subaction."""
    xml = str(subaction["schemaXml"]) if subaction["verb"] == "addSPFieldXml" else _field_xml(subaction)
    field = parse_xml(xml)
    return WantedField(field.attrib["Name"], field.attrib["DisplayName"], field.attrib["Type"], xml)


def _field_xml(subaction: Mapping[str, object]) -> str:
    name = str(subaction["internalName"])
    attributes = {
        "ID": f"{{{subaction['id']}}}",
        "Name": name,
        "StaticName": name,
        "DisplayName": str(subaction["displayName"]),
        "Type": str(subaction["fieldType"]),
        "Required": "TRUE" if subaction["isRequired"] else "FALSE",
    }
    if subaction.get("enforceUnique"):
        attributes |= {
            "EnforceUniqueValues": "TRUE",
            "Indexed": "TRUE",
        }  # SharePoint asks for an index on unique columns
    return "<Field " + " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items()) + " />"
