"""The steps of a registration are pasted into a shell: no address becomes part of a command."""

from __future__ import annotations

from sp_parent_portal.app_registration import Registration, make_registration
from sp_parent_portal.reports.registration_report import render_steps
from sp_parent_portal.settings import Settings


def make_steps(mailbox: str) -> str:
    made = make_registration(Settings(target="emulator"), [("inviter", None)], graph_contacts=False)
    return render_steps(Registration("tenant", "contoso", "", mailbox, made.applications))


def test_an_address_stays_an_address_in_powershell() -> None:
    steps = make_steps("o'brien$x`y@school.example")
    assert """-RecipientRestrictionFilter "PrimarySmtpAddress -eq 'o''brien`$x``y@school.example'\"""" in steps
    assert '-Resource "o\'brien`$x``y@school.example"' in steps
