"""The endpoints, one file for each part of the service. Importing this package registers them all."""

from . import (
    external_users,
    items,
    lists,
    navigation,
    people,
    permissions,
    scripts,
    sites,
    tenant,
    webs,
)

__all__ = [
    "external_users",
    "items",
    "lists",
    "navigation",
    "people",
    "permissions",
    "scripts",
    "sites",
    "tenant",
    "webs",
]
