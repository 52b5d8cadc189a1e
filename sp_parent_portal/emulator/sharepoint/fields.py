"""Columns of lists and of the web: what every list starts with, and what is added to it.

A list's own rows stand over the built-in ones of the same id. Naming rules: letters and digits stay, everything else
becomes `_xHHHH_`; a name made from a display name is cut at 32 characters; a leading digit is written so too (assumed).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from .answers import EntityType
from .faults import SP, Fault, bad_value, no_field
from .reading import check_type, read_text
from .site import Doc, Site, recorded

KINDS = {
    "Integer": (1, "Number"),
    "Text": (2, "Single line of text"),
    "Note": (3, "Multiple lines of text"),
    "DateTime": (4, "Date and Time"),
    "Counter": (5, "Counter"),
    "Choice": (6, "Choice"),
    "Lookup": (7, "Lookup"),
    "Boolean": (8, "Yes/No"),
    "Number": (9, "Number"),
    "Currency": (10, "Currency"),
    "URL": (11, "Hyperlink or Picture"),
    "Computed": (12, "Computed"),
    "Guid": (14, "Guid"),
    "MultiChoice": (15, "Choice"),
    "Calculated": (17, "Calculated"),
    "File": (18, "File"),
    "Attachments": (19, "Attachments"),
    "User": (20, "Person or Group"),
    "Recurrence": (21, "Recurrence"),
    "ContentTypeId": (25, "Content Type Id"),
    "AllDayEvent": (29, "All Day Event"),
    "Location": (33, "Location"),
    "Thumbnail": (34, "Image"),
}
HINT = 8  # SP.AddFieldOptions.addFieldInternalNameHint
TO_DEFAULT_VIEW = 16
CUT = 32
SETTABLE = ("Required", "Description", "EnforceUniqueValues", "Choices", "Group")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    id: str
    name: str
    title: str
    type: str
    required: bool = False
    read_only: bool = False


EVERY_LIST = (
    BuiltIn("fa564e0f-0c70-4ab9-b863-0177e6ddd247", "Title", "Title", "Text", required=True),
    BuiltIn(
        "03e45e84-1992-4d42-9116-26f756012634", "ContentTypeId", "Content Type ID", "ContentTypeId", read_only=True
    ),
    BuiltIn("1d22ea11-1e32-424e-89ab-9fedbadb6ce1", "ID", "ID", "Counter", read_only=True),
    BuiltIn("28cf69c5-fa48-462a-b5cd-27b6f9d2bd5f", "Modified", "Modified", "DateTime", read_only=True),
    BuiltIn("8c06beca-0777-48f7-91c7-6da68bc07b69", "Created", "Created", "DateTime", read_only=True),
    BuiltIn("1df5e554-ec7e-46a6-901d-d85a3881cb18", "Author", "Created By", "User", read_only=True),
    BuiltIn("d31655d1-1d5b-4511-95a1-7a09e9b75bf2", "Editor", "Modified By", "User", read_only=True),
    BuiltIn("67df98f4-9dec-48ff-a553-29bece9c5bf4", "Attachments", "Attachments", "Attachments"),
)
BY_TEMPLATE = {
    101: (BuiltIn("8553196d-ec8d-4564-9861-3dbe931050c8", "FileLeafRef", "Name", "File", required=True),),
    103: (
        BuiltIn("c29e077d-f466-4d8e-8bbe-72b66c5f205c", "URL", "URL", "URL", required=True),
        BuiltIn("9da97a8a-1da5-4a77-98d3-4bc10456e700", "Comments", "Notes", "Note"),
    ),
    104: (
        BuiltIn("7662cd2c-f069-4dba-9e35-082cf976e170", "Body", "Body", "Note"),
        BuiltIn("6a09e75b-8d17-4698-94a8-371eda1af1ac", "Expires", "Expires", "DateTime"),
    ),
    106: (
        BuiltIn("288f5f32-8462-4175-8f09-dd7ba29359a9", "Location", "Location", "Text"),
        BuiltIn("64cd368d-2f95-4bfc-a1f9-8d4324ecb007", "EventDate", "Start Time", "DateTime", required=True),
        BuiltIn("2684f9f2-54be-429f-ba06-76754fc056bf", "EndDate", "End Time", "DateTime", required=True),
        BuiltIn("9da97a8a-1da5-4a77-98d3-4bc10456e700", "Description", "Description", "Note"),
        BuiltIn("7d95d1f4-f5fd-4a70-90cd-b35abc9b5bc8", "fAllDayEvent", "All Day Event", "AllDayEvent"),
        BuiltIn("f2e63656-135e-4f1c-8fc2-ccbe74071901", "fRecurrence", "Recurrence", "Recurrence"),
        BuiltIn("6df9bd52-550e-4a30-bc31-a4366832a87d", "Category", "Category", "Choice"),
    ),
}
FIELD = EntityType("SP.Field")


def list_fields(site: Site, list_doc: Doc | None) -> list[Doc]:
    """Of the list, or of the web (site columns)."""
    own = {field["Id"]: field for field in site.each("field", _parent(list_doc))}
    built_in = [] if list_doc is None else [*EVERY_LIST, *BY_TEMPLATE.get(list_doc["BaseTemplate"], ())]
    gone = {row["id"] for row in site.each("removed field", _parent(list_doc))}
    standard = [
        own.pop(field.id) if field.id in own else _from_built_in(site, list_doc, field)
        for field in built_in
        if field.id not in gone
    ]
    return [*standard, *own.values()]


def get_field(site: Site, list_doc: Doc | None, key: object, by: str) -> Doc:
    """By id, or by internal name or title (internal names first). Raises Fault."""
    wanted = str(key).strip("{}").lower()
    fields = list_fields(site, list_doc)
    for names in (("Id",),) if by == "id" else (("InternalName",), ("Title",)):
        for field in fields:
            if any(str(field[name]).lower() == wanted for name in names):
                return field
    raise no_field(str(key))


def find_field(site: Site, list_doc: Doc | None, name: str) -> Doc | None:
    return next((field for field in list_fields(site, list_doc) if field["InternalName"] == name), None)


def set_field(site: Site, list_doc: Doc | None, field: Doc) -> Doc:
    site.put("field", field["Id"], field, parent=_parent(list_doc), title=field["InternalName"])
    return field


def remove_field(site: Site, list_doc: Doc | None, field: Doc) -> None:
    site.remove("field", field["Id"], _parent(list_doc))
    site.put("removed field", field["Id"], {"id": field["Id"]}, parent=_parent(list_doc))


def add_field_xml(site: Site, list_doc: Doc | None, schema_xml: str, options: int = 0) -> Doc:
    """Raises Fault where the XML is not a column, its type is unknown, or id or name are taken."""
    element = read_field_xml(schema_xml)
    kind, title = element.get("Type", ""), element.get("DisplayName") or element.get("Name") or ""
    if kind not in KINDS or not title:
        raise bad_field_xml()
    explicit = bool(element.get("Name")) and (list_doc is None or bool(options & HINT))
    name = element.get("Name", "") if explicit else encode_name(title)
    field_id = (element.get("ID") or str(uuid.uuid4())).strip("{}").lower()
    taken = list_fields(site, list_doc)
    if any(field["Id"] == field_id for field in taken) or (explicit and _is_taken(taken, name)):
        raise duplicate_field(name)
    if not explicit:
        name = _free_name(taken, name)
    field = _make(site, list_doc, field_id, name, title, kind)
    return set_field(site, list_doc, {**field, **_settings(element, kind), "SchemaXml": _schema_xml(field, element)})


def add_field(site: Site, list_doc: Doc | None, kind: str, title: str, wanted: Doc, *, name: str = "") -> Doc:
    """`wanted`: Required, Description, EnforceUniqueValues, Choices, Id. Raises Fault where id or name are taken."""
    if kind not in KINDS or not title:
        raise bad_value("The field type is not valid.")
    taken = list_fields(site, list_doc)
    field_id = (read_text(wanted, "Id") or str(uuid.uuid4())).strip("{}").lower()
    if any(field["Id"] == field_id for field in taken) or (name and _is_taken(taken, name)):
        raise duplicate_field(name or title)
    name = name or _free_name(taken, encode_name(title))
    field = _make(site, list_doc, field_id, name, title, kind)
    given = {key: wanted[key] for key in SETTABLE if wanted.get(key) is not None}
    for key, value in given.items():
        check_type(field.get(key, []), value)
    return set_field(site, list_doc, {**field, **given})


def read_field_xml(schema_xml: str) -> Element:
    """Raises Fault."""
    try:
        element: Element = ElementTree.fromstring(schema_xml)
    except (ParseError, DefusedXmlException):
        raise bad_field_xml() from None
    if element.tag != "Field":
        raise bad_field_xml()
    return element


def bad_field_xml() -> Fault:
    return Fault(400, -2147024809, SP, "The field XML is not valid.")


def duplicate_field(name: str) -> Fault:
    return Fault(500, -2130575214, SP, f'A duplicate field name "{name}" was found.')


def encode_name(title: str) -> str:
    encoded = "".join(
        letter if re.match(r"[A-Za-z0-9_]", letter) else "".join(f"_x{unit:04x}_" for unit in _units(letter))
        for letter in title
    )
    if encoded[:1].isdigit():
        encoded = f"_x{ord(encoded[0]):04x}_{encoded[1:]}"
    return encoded[:CUT]


def odata_name(internal_name: str) -> str:
    """The name that a column has in an item's JSON."""
    return f"OData_{internal_name}" if internal_name.startswith("_") else internal_name


def _units(letter: str) -> list[int]:
    data = letter.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def _is_taken(fields: list[Doc], name: str) -> bool:
    return any(field["InternalName"].lower() == name.lower() for field in fields)


def _free_name(fields: list[Doc], name: str) -> str:
    number, free = 0, name
    while _is_taken(fields, free):
        free = f"{name[: CUT - len(str(number))]}{number}"
        number += 1
    return free


def _parent(list_doc: Doc | None) -> str:
    return "" if list_doc is None else str(list_doc["Id"])


def _make(site: Site, list_doc: Doc | None, field_id: str, name: str, title: str, kind: str) -> Doc:
    number, label = KINDS[kind]
    owner = "Web" if list_doc is None else f"Web/Lists(guid'{list_doc['Id']}')"
    field = recorded("field")
    if kind != "Text":
        del field["MaxLength"]
    return {
        **field,
        "EntityPropertyName": odata_name(name),
        "Id": field_id,
        "InternalName": name,
        "StaticName": name,
        "Title": title,
        "Scope": site.path if list_doc is None else site.under(list_doc["_url"]),
        "SchemaXml": f'<Field Type="{kind}" Name="{name}" ID="{{{field_id}}}" />',
        "FieldTypeKind": number,
        "TypeAsString": kind,
        "TypeDisplayName": label,
        "TypeShortDescription": label,
        "_path": f"{owner}/Fields(guid'{field_id}')",
    }


def _from_built_in(site: Site, list_doc: Doc | None, field: BuiltIn) -> Doc:
    doc = _make(site, list_doc, field.id, field.name, field.title, field.type)
    return {
        **doc,
        "Required": field.required,
        "ReadOnlyField": field.read_only,
        "CanBeDeleted": False,
        "FromBaseType": True,
    }


def _settings(element: Element, kind: str) -> Doc:
    settings: Doc = {
        "Required": element.get("Required", "").upper() == "TRUE",
        "Hidden": element.get("Hidden", "").upper() == "TRUE",
        "ReadOnlyField": element.get("ReadOnly", "").upper() == "TRUE",
        "EnforceUniqueValues": element.get("EnforceUniqueValues", "").upper() == "TRUE",
        "Indexed": element.get("Indexed", "").upper() == "TRUE",
        "Description": element.get("Description", ""),
        "Group": element.get("Group", "Custom Columns"),
        "StaticName": element.get("StaticName") or encode_name(element.get("Name") or element.get("DisplayName") or ""),
    }
    default = element.find("Default")
    if default is not None:
        settings["DefaultValue"] = default.text
    if kind in ("Choice", "MultiChoice"):
        settings["Choices"] = [choice.text or "" for choice in element.findall("CHOICES/CHOICE")]
    return settings


def _schema_xml(field: Doc, element: Element) -> str:
    """As the service gives it back: its own attributes stand over those that were sent."""
    element.set("ID", f"{{{field['Id']}}}")
    element.set("Name", field["InternalName"])
    element.set("StaticName", element.get("StaticName") or encode_name(field["InternalName"]))
    element.set("Version", "1")
    return str(ElementTree.tostring(element, encoding="unicode"))
