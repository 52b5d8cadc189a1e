"""Generated contact lists, read as each format is read: files, changes to them, a server's answers, a directory."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from pydantic import SecretStr

from sp_parent_portal.contact_source import read_contact_list
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList
from sp_parent_portal.contacts.oneroster_rest import load_oneroster_rest
from sp_parent_portal.contacts.oneroster_server import Login, OneRosterServer
from sp_parent_portal.contacts.roster_writers import FORMATS
from sp_parent_portal.contacts.sources import GraphSource
from sp_parent_portal.microsoft365 import connect
from sp_parent_portal.microsoft365.adapters import WsgiAdapter
from sp_parent_portal.settings import emulator_settings

from .oneroster_service import CLIENT_ID, CLIENT_SECRET, OneRosterService
from .recording import Lost
from .school_directory import open_directory


def load_generated(folder: Path, format: str) -> ContactList:
    if format == "graph":
        return read_contact_list(GraphSource(), connect(emulator_settings(), app=open_directory(folder / "tenant")))
    if "-rest-" in format:
        return load_oneroster_rest(serve(folder, format.rpartition("-")[2]))
    base = FORMATS[format].base
    return load_contact_list(folder, folder / base if base else None)


def serve(folder: Path, version: str) -> OneRosterServer:
    names = ("users", "orgs", "demographics")
    data = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))[name] for name in names}
    service = OneRosterService(version, largest=100, data=data)
    login = Login(service.token_url, CLIENT_ID, SecretStr(CLIENT_SECRET))
    return OneRosterServer(service.url, version, login, "test", adapter=WsgiAdapter(service, Lost))


def read_truth(folder: Path) -> list[dict[str, str]]:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
