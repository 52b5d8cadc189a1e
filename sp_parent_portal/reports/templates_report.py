"""Templates, and what one of them asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import sep
from typing import Any

from ..template_model import InputSpec, Template
from .report import Column, Report

_TEMPLATES = (
    Column("name", "template"),
    Column("version", "version"),
    Column("title", "title"),
    Column("sharing", "sharing"),
    Column("description", "what it is"),
)
_INPUTS = (
    Column("name", "input"),
    Column("type", "type"),
    Column("required", "required"),
    Column("help", "what it is"),
    Column("example", "example"),
)


def templates_report(target: str, templates: Sequence[Template]) -> Report:
    data = [{**_about(template), "target": target} for template in templates]
    pictures = [each.preview.parent.parent for each in templates if each.preview is not None]
    notes = [f"What each looks like: {folder}{sep}NAME{sep}preview.png" for folder in dict.fromkeys(pictures)]
    return Report(target, f"{len(data)} templates", data, _TEMPLATES, tuple(data), tuple(notes))


def template_report(target: str, template: Template) -> Report:
    inputs = [_input(spec) for spec in template.inputs]
    data = {"target": target, **_about(template), "inputs": inputs}
    rows = tuple({**row, "type": _type(row)} for row in inputs)
    title = f"Template {template.name} {template.version}: {template.title}"
    said = [template.description, *_told(template)]
    return Report(target, title, data, _INPUTS, rows, tuple(said))


def _told(template: Template) -> Iterator[str]:
    if template.pages:
        yield f"Pages: {', '.join(page.name for page in template.pages)}."
    if template.staff_only:
        yield f"For the site's owners and members alone: {', '.join(template.staff_only)}."
    if template.staff is not None:
        lists = [str(action["listName"]) for action in template.staff.actions if action["verb"] == "createSPList"]
        yield f"A second site, for staff alone: {', '.join(lists)}."
    if template.preview is not None:
        yield f"What it looks like: {template.preview}"


def _about(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "version": template.version,
        "title": template.title,
        "description": template.description,
        "sharing": template.sharing.value,
        "pages": [page.name for page in template.pages],
        "preview": str(template.preview or ""),
    }


def _input(spec: InputSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "type": spec.type,
        "required": spec.required,
        "default": spec.default,
        "example": spec.example,
        "choices": list(spec.choices),
        "help": spec.help,
    }


def _type(row: dict[str, Any]) -> str:
    return f"one of {', '.join(row['choices'])}" if row["choices"] else str(row["type"])
