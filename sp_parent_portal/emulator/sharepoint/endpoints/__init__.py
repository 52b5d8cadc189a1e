"""The endpoints, one file for each part of the service. Importing this package registers them all."""

from . import (
    aggregated_sites,
    external_users,
    files,
    group_sites,
    items,
    lists,
    navigation,
    pages,
    people,
    permissions,
    scripts,
    sharing,
    site_designs,
    sites,
    tenant,
    webs,
)

__all__ = [
    "aggregated_sites",
    "external_users",
    "files",
    "group_sites",
    "items",
    "lists",
    "navigation",
    "pages",
    "people",
    "permissions",
    "scripts",
    "sharing",
    "site_designs",
    "sites",
    "tenant",
    "webs",
]
