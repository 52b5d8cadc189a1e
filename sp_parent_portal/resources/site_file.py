"""Files of the template in the site's own library for such files (Site Assets): pictures on pages, documents.

Whether one is still what we sent is told by its tag, which changes with its content. Only where the tag is another one,
or not remembered, is the file itself read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import GatewayError
from ..microsoft365 import Gateway
from ..microsoft365.model import SiteFile
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held
from ..runs.model import Outcome
from ..site_pages.facts import ASSETS
from ..template_model import Asset
from .authored import diff_authored
from .drift import ByHand, Memory, Part, fingerprint
from .site_content import part_of
from .work import Work, done, ended, failed, unknown


@dataclass(frozen=True, slots=True)
class Observed:
    """Files by name, and the SHA-256 of those that were read."""

    files: Mapping[str, SiteFile] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def observe(gateway: Gateway, desired: Desired, memory: Memory) -> Observed:
    """Nothing is asked for a template without files."""
    wanted = {asset.name: asset for asset in desired.content.files}
    if not wanted:
        return Observed()
    files = {each.name: each for each in gateway.sharepoint.list_files(desired.url, ASSETS) if each.name in wanted}
    digests = {}
    for name, file in files.items():
        remembered = memory.get(_key(name))
        if file.size == wanted[name].size and (remembered is None or remembered.id != file.tag):
            content = gateway.sharepoint.read_file(desired.url, ASSETS, name)
            digests[name] = hashlib.sha256(content).hexdigest()
    return Observed(files, digests)


def _key(name: str) -> str:
    return f"file {name}"


def list_parts(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Part, ...]:
    return tuple(_part(asset, observed or Observed(), memory) for asset in desired.content.files)


def _part(asset: Asset, observed: Observed, memory: Memory) -> Part:
    key, file = _key(asset.name), observed.files.get(asset.name)
    remembered = memory.get(key)
    if file is None or not file.size:  # an upload that was cut off leaves a file without content
        return Part(key, _wanted(asset), None, words=(Field("size", None, _size(asset.size)),))
    if remembered is not None and remembered.id == file.tag:
        seen = remembered.seen
    else:
        seen = fingerprint(observed.digests.get(asset.name, file.tag))
    return Part(key, _wanted(asset), seen, file.tag, words=_words(asset, file))


def _words(asset: Asset, there: SiteFile) -> tuple[Field, ...]:
    """Of a file that is not the template's; nobody can read more out of pictures and documents."""
    if there.size == asset.size:
        return (Field("content", "another of the same size", "the template's"),)
    return (Field("size", _size(there.size), _size(asset.size)),)


def _size(number: int) -> str:
    return f"{number:,} bytes"


def _wanted(asset: Asset) -> str:
    return fingerprint(asset.sha256)


def diff(
    desired: Desired, observed: Observed | None, memory: Memory, by_hand: ByHand = ByHand.ASK
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    return diff_authored(desired, "site_file", list_parts(desired, observed, memory), memory, by_hand)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Each file by itself, then all of them read back at once."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    assets = {f"file {asset.name}": asset for asset in work.desired.content.files}
    sent: list[Change] = []
    yield from work.adopt_all(changes)
    for change in changes:
        if change.verb == "adopt":
            continue
        asset = assets[part_of(change)]
        try:
            sharepoint.upload_file(url, ASSETS, asset.name, asset.path)
        except OSError:
            yield failed(change, f"{asset.path} cannot be read")
        except GatewayError as error:
            yield ended(change, error)
        else:
            sent.append(change)
    if not sent:
        return
    there = {file.name: file for file in sharepoint.list_files(url, ASSETS)}
    work.known.files |= {name: file.id for name, file in there.items()}
    for change in sent:
        asset = assets[part_of(change)]
        file = there.get(asset.name)
        if file is None or file.size != asset.size:
            yield unknown(change, "sent, but it reads otherwise")
            continue
        work.put_down(part_of(change), thing=file.tag)
        yield done(change)
