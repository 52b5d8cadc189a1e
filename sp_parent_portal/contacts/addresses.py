"""What can be said about an e-mail address by looking at it: its normal form, and whether it deserves a second look.

Facts: a guest account is found by its address, so two spellings that Microsoft Entra takes for two accounts stay two
here (dots and plus tags), and two that it takes for one become one (case, surrounding white space, the domain's
international and IDNA form). Nothing here ever repairs an address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+([A-Za-z]{{2,63}})")
_MAX_LOCAL, _MAX_ADDRESS = 64, 254  # RFC 5321 §4.5.3.1

# Names under which no mail is delivered (RFC 6761, RFC 7686 and successors); email-validator decides about them.
_LEFT_TO_LIBRARY = frozenset(
    {"arpa", "invalid", "local", "localhost", "onion", "test", "internal", "alt", "lan", "home"}
)

# What people type into a field that must not be empty; compared without dots, dashes and underscores.
_PLACEHOLDER_LOCALS = frozenset(
    {
        *("none", "noemail", "nomail", "noaddress", "noemailaddress", "noone", "nobody", "nothing", "notprovided"),
        *(
            "notgiven",
            "notavailable",
            "notapplicable",
            "notknown",
            "unknown",
            "null",
            "nil",
            "test",
            "testing",
            "dummy",
        ),
        *("fake", "invalid", "placeholder", "example", "noreply", "donotreply", "refused", "declined", "tbc", "tba"),
    }
)
_PLACEHOLDER_DOMAINS = frozenset(
    {"none", "noemail", "no-email", "nomail", "no-mail", "nowhere", "invalid", "placeholder"}
)

_WELL_KNOWN = ("gmail", "googlemail", "hotmail", "outlook", "yahoo", "icloud", "btinternet", "protonmail")
_TRUE_NEIGHBOURS = frozenset({*_WELL_KNOWN, "mail", "email", "ymail", "fmail", "zmail", "cloud"})
_NO_SUCH_TLD = frozenset({"con", "cmo", "ocm", "vom", "xom", "cpm", "clm", "comm", "coom", "conm", "ccom"})
_TLD_SLIPS_OF_COM = frozenset({"co", "cm", "om"})  # true country domains, but not where the well-known services live


def normalise_email(text: str) -> str | None:
    """The address in the form in which we compare addresses, or None where `text` is not one address.

    Trimmed, local part compatibility-normalised (NFKC) and case-folded, domain in IDNA form and lower case. Domains
    without a dot and special-use names are no addresses; `.example` is one. Nobody is asked whether the domain exists.
    """
    text = text.strip()
    local, _, domain = text.partition("@")
    if (
        _is_plain_domain(domain)
        and len(local) <= _MAX_LOCAL
        and len(text) <= _MAX_ADDRESS
        and _PLAIN_LOCAL.fullmatch(local)
    ):
        return text.lower()
    return _normalise_by_library(text)


def fold_email(text: str) -> str:
    """What addresses are compared by where nobody judges them: as `normalise_email` writes it; what is no address is
    only case-folded, or left as it stands where that would make it one."""
    folded = text.casefold()
    return normalise_email(text) or (folded if normalise_email(folded) is None else text)


@lru_cache(maxsize=10_000)
def _is_plain_domain(domain: str) -> bool:
    """Whether the library would take it as it stands."""
    plain = _PLAIN_DOMAIN.fullmatch(domain)
    return plain is not None and "--" not in domain and plain[1].lower() not in _LEFT_TO_LIBRARY


def _normalise_by_library(text: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    if len(text) > _MAX_ADDRESS:
        return None
    try:
        given = validate_email(text, check_deliverability=False)
        if not given.ascii_domain or len(given.local_part) > _MAX_LOCAL:
            return None
        folded = f"{_fold(given.local_part)}@{given.ascii_domain.lower()}"
        if folded.isascii() and folded == f"{given.local_part}@{given.ascii_domain}":
            return folded
        # Folding may leave something that is no address any more, such as a sign that stands for several letters.
        again = validate_email(folded, check_deliverability=False)
    except EmailNotValidError:
        return None
    return folded if again.ascii_domain == given.ascii_domain.lower() else None


def _fold(text: str) -> str:
    """Twice, because case folding may undo the normal form and the other way round."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return text


def holds_several_addresses(text: str) -> bool:
    return len([part for part in re.split(r"[\s;,/|]+", text) if "@" in part]) > 1


def is_ascii_before_the_at(text: str) -> bool:
    return text.isascii() or text.rpartition("@")[0].isascii()


def is_placeholder(email: str) -> bool:
    """Whether a normalised address was typed to fill a field; the library takes `none@none.com` for an address."""
    local, _, domain = email.partition("@")
    word = local.replace(".", "").replace("_", "").replace("-", "")
    return word in _PLACEHOLDER_LOCALS or domain.partition(".")[0] in _PLACEHOLDER_DOMAINS


def has_plus_tag(email: str) -> bool:
    return "+" in email and "+" in email.partition("@")[0]


def mailbox_of(email: str) -> str:
    """The address without dots and plus tag: at several services the same mailbox, but to Entra another account."""
    local, _, domain = email.partition("@")
    return local.partition("+")[0].replace(".", "") + "@" + domain


def endings(domains: Iterable[str]) -> tuple[str, ...]:
    """What a normalised address ends with that lies in one of the normalised domains or below it."""
    return tuple(sign + domain for domain in sorted(domains) for sign in "@.")


def normalise_domain(text: str) -> str:
    """As `normalise_email` writes domains; what is no domain only in lower case, and then no address is ever in it."""
    plain = text.strip().removeprefix("@").lower()
    return (normalise_email("someone@" + plain) or "").partition("@")[2] or plain


def suggest_domain(email: str) -> str:
    """The well-known domain that a normalised address seems to miss by one slip, or ""."""
    return _suggest_for(email.partition("@")[2])


@lru_cache(maxsize=10_000)
def _suggest_for(domain: str) -> str:
    label, _, top = domain.partition(".")
    meant = label if label in _WELL_KNOWN else ""
    if not meant and label not in _TRUE_NEIGHBOURS:
        meant = next((known for known in _WELL_KNOWN if _one_slip_apart(label, known)), "")
    last = top.rpartition(".")[2]
    if last in _NO_SUCH_TLD or (meant and top in _TLD_SLIPS_OF_COM):
        return f"{meant or label}.com"
    return f"{meant}.com" if meant and meant != label else ""


def _one_slip_apart(typed: str, meant: str) -> bool:
    """One letter left out, added, changed, or two neighbours exchanged."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    rest, aim = typed[start:], meant[start:]
    exchanged = rest[1::-1] + rest[2:] == aim
    return exchanged or rest[1:] == aim or rest == aim[1:] or rest[1:] == aim[1:]
