"""Everything that can go wrong, as a tree; each says what to do next and with which exit code to end.

PortalError                      exit 1 "could not"
├── InputError                   exit 2 wrong input: carries every Problem found, not only the first
│   ├── SettingsError            a setting is missing or cannot be used
│   ├── ContactListError         the contact list, exclusions or flags cannot be read
│   │   └── ContactSourceFailed  exit 1: the server that holds the contact list did not give it
│   ├── TripError                a trip.toml or portal.toml cannot be used
│   └── TemplateError            a site template or its inputs cannot be used
├── Refused                      exit 5 possible, but unsafe or not what was approved
│   ├── RiskNotAllowed           a change needs `--allow RISK`
│   ├── PlanChanged              the tenant or the files changed since the plan was approved
│   └── LockHeld                 somebody else is applying the same trip
└── GatewayError                 exit 1 Microsoft 365 did not do what we asked
    ├── SignInFailed             no token: certificate, application, consent or tenant
    ├── AccessDenied             401 or 403: the application lacks a permission
    ├── InvitationsBlocked       403: this directory refuses invitations; never tried again
    ├── NotFound                 404 or the service's own "does not exist"
    ├── AlreadyExists            the thing is there already
    ├── Rejected                 any other 4xx, or 5xx that the service means (SharePoint answers 500 for mistakes)
    ├── Throttled                429 or 503 after all tries
    ├── Unreachable              no connection, or no answer in time, and the request did nothing
    ├── BadAnswer                an answer that is not what the service documents (half a body, HTML, wrong types)
    ├── ForeignHost              a link or redirect led to a host that is not Microsoft's or not this tenant's
    └── OutcomeUnknown           the request may or may not have been carried out; read back before repeating
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DONE, COULD_NOT, WRONG_INPUT, PENDING, FINDINGS, REFUSED, PARTLY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file. `line` counts from 1, 0 for the whole file; `severity` is `error` or `warning`."""

    file: str
    line: int
    rule: str
    message: str
    severity: str = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message} [{self.rule}]"


class PortalError(Exception):
    """`message` says what happened and what was not done; `hint` says what to do next."""

    exit_code = COULD_NOT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(PortalError):
    exit_code = WRONG_INPUT

    def __init__(self, message: str, hint: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class SettingsError(InputError): ...


class ContactListError(InputError): ...


class ContactSourceFailed(ContactListError):
    exit_code = COULD_NOT


class TripError(InputError): ...


class TemplateError(InputError): ...


class Refused(PortalError):
    exit_code = REFUSED


class RiskNotAllowed(Refused): ...


class PlanChanged(Refused): ...


class LockHeld(Refused): ...


class GatewayError(PortalError):
    """`status` is the HTTP status where there was one, `code` the service's own error code."""

    def __init__(self, message: str, hint: str = "", *, status: int = 0, code: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


class SignInFailed(GatewayError): ...


class AccessDenied(GatewayError): ...


class InvitationsBlocked(GatewayError): ...


class NotFound(GatewayError): ...


class AlreadyExists(GatewayError): ...


class Rejected(GatewayError): ...


class Throttled(GatewayError): ...


class Unreachable(GatewayError): ...


class BadAnswer(GatewayError): ...


class ForeignHost(GatewayError): ...


class OutcomeUnknown(GatewayError): ...
