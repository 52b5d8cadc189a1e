"""`auth`: the applications that this product signs in as: how to register them, and whether they are right."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DONE, FINDINGS, WRONG_INPUT, InputError
from .grouping import make_group
from .options import PortalFile
from .session import connect_if_possible, find_settings
from .shown import show, shown
from .talking import ask_secret, say
from .tenant import find_named_portal

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ..app_registration import Registration
    from ..new_certificate import KeyFile, NewCertificate
    from ..settings import Settings

app = make_group(
    """The applications that this product signs in as.

    \b
    Examples:
      sp-parent-portal auth setup --folder certificates --out steps.md
      sp-parent-portal auth check
    """
)


@app.command("setup")
def set_up(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where the certificates go.", show_default="this folder")
    ] = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the steps there instead of showing them.")
    ] = None,
    one: Annotated[
        bool, typer.Option("--one", help="One application for all roles instead of one for each: less safe.")
    ] = False,
    pem: Annotated[bool, typer.Option("--pem", help="Write .pem files instead of .pfx.")] = False,
    days: Annotated[int, typer.Option("--days", metavar="N", help="How long the certificates are valid.")] = 365,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the private files' password, without showing it.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Make new certificates in the place of those that are there.")
    ] = False,
    steps_only: Annotated[bool, typer.Option("--steps-only", help="Make no certificate; show the steps.")] = False,
    portal: PortalFile = None,
) -> None:
    """Make the certificates, and say what to register and grant.

    Exactly what to click, consent to and set, step by step. Nothing is changed in any tenant. The private files are for
    you alone (mode 0600), and nothing is overwritten unless you say --replace. Their password is
    SPP_READER_CERTIFICATE_PASSWORD and so on (with --one SPP_CERTIFICATE_PASSWORD) out of the environment or .env, or
    asked for; it is never an argument.

    \b
    Examples:
      sp-parent-portal auth setup --folder certificates --out steps.md
      sp-parent-portal auth setup --folder certificates --ask-password
      sp-parent-portal auth setup --steps-only --one
    """
    from ..app_registration import make_registration, name_applications
    from ..settings import load_first_settings

    settings = load_first_settings()
    say(f"target: {settings.target_name if settings.tenant else settings.target}")
    names = name_applications(one=one)
    kind: KeyFile = "pem" if pem else "pfx"
    if steps_only:
        certificates = _find_certificates(folder, names, kind)
    else:
        certificates = _make_certificates(settings, folder, names, kind, days, asked=ask_password, replace=replace)
    registration = make_registration(settings, certificates, graph_contacts=_reads_graph(portal))
    _answer(ctx, registration, out)


def _find_certificates(folder: Path, names: tuple[str, ...], kind: KeyFile) -> list[tuple[str, NewCertificate | None]]:
    from ..new_certificate import find_certificate

    return [(name, find_certificate(folder, name, kind)) for name in names]


def _make_certificates(
    settings: Settings, folder: Path, names: tuple[str, ...], kind: KeyFile, days: int, *, asked: bool, replace: bool
) -> list[tuple[str, NewCertificate | None]]:
    from ..new_certificate import check_free, name_files, write_certificate

    if not replace:
        check_free(tuple(path for name in names for path in name_files(folder, name, kind)))
    typed = _ask_password() if asked else None
    now = datetime.now(UTC)
    made: list[tuple[str, NewCertificate | None]] = []
    for name in names:
        password = typed if asked else _password_of(settings, name)
        certificate = write_certificate(folder, name, kind, password, days, now)
        secured = "with a password" if certificate.has_password else "without a password"
        say(f"saved: {certificate.private} ({secured}, readable by you alone) and {certificate.public} (to upload)")
        made.append((name, certificate))
    return made


def _password_of(settings: Settings, name: str) -> SecretStr | None:
    from ..app_registration import ONE

    password: SecretStr | None = getattr(settings, f"{'' if name == ONE else name + '_'}certificate_password")
    return password


def _ask_password() -> SecretStr:
    """Raises InputError where nobody is there, nothing was typed, or not the same twice."""
    from pydantic import SecretStr

    first = ask_secret("password of the private files")
    if not first or first != ask_secret("once more"):
        raise InputError("no password, or not the same one twice; nothing was written", "run the command again")
    return SecretStr(first)


def _reads_graph(portal: Path | None) -> bool | None:
    """Whether the contact list is `graph:`; None where there is no portal.toml yet."""
    from ..contacts.sources import GraphSource

    school = find_named_portal(portal)
    return None if school is None else isinstance(school.contacts.source, GraphSource)


def _answer(ctx: typer.Context, registration: Registration, out: Path | None) -> None:
    from ..private_files import write_private
    from ..reports.registration_report import registration_report, render_steps

    if out is not None:
        try:
            write_private(out, render_steps(registration))
        except OSError as error:
            raise InputError(f"{out} cannot be written: {error.strerror}", "choose another place") from None
        say(f"saved: {out}")
    if out is None and shown(ctx).format == "table":
        typer.echo(render_steps(registration), nl=False)
    else:
        show(ctx, registration_report(registration))


@app.command("check")
def check(ctx: typer.Context, portal: PortalFile = None) -> None:
    """Sign in as each application: what it lacks, what is too much.

    And when its certificate ends. Each line is PASS, FAIL or UNKNOWN, and says the same as doctor. Nothing is changed.

    Exit codes: 0 all PASS, 2 the settings cannot be used, 4 something is FAIL or UNKNOWN.

    \b
    Examples:
      sp-parent-portal auth check
      sp-parent-portal --format json auth check
    """
    from ..doctor import PASS, check_sign_in
    from ..reports.shapes import doctor_report

    settings, wrong = find_settings()
    school = find_named_portal(portal)
    with connect_if_possible(ctx, settings) as gateway:
        findings = check_sign_in(settings, school, gateway, now=datetime.now(UTC), wrong_settings=wrong)
    show(ctx, doctor_report(settings.target_name if settings else "", findings))
    if wrong is not None:
        raise typer.Exit(WRONG_INPUT)
    raise typer.Exit(DONE if all(finding.result == PASS for finding in findings) else FINDINGS)
