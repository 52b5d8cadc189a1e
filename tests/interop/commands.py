"""Every command of the CLI for Microsoft 365 that the suite must have driven, with every way to sign in, when it ends.

The README says how many there are; a test of the product holds the number."""

from __future__ import annotations

COMMANDS = (
    "spo tenant settings list",
    "spo tenant settings set",
    "spo site list",
    "spo site get",
    "spo site add",
    "spo site set",
    "spo site remove",
    "spo site ensure",
    "spo externaluser list",
    "spo group add",
    "spo group list",
    "spo group member add",
    "spo group member list",
    "spo group member remove",
    "spo group remove",
    "spo user list",
    "spo user ensure",
    "spo user remove",
    "spo web get",
    "spo web roleassignment add",
    "spo list add",
    "spo list list",
    "spo list get",
    "spo file add",
    "spo file sharinglink add",
    "spo file sharinglink list",
    "entra user guest add",
    "entra user list",
    "entra group add",
    "entra group member add",
    "entra group member list",
    "spo page add",
    "spo page list",
    "spo navigation node add",
    "spo navigation node list",
)
# With tokens that nobody issued, of a person and of an application; and with those of the emulator, which a person gets
# by entering a device code.
SIGN_INS = ("forged, a person", "forged, an application", "device code")
