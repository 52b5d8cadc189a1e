"""The school's mailbox: drafts that carry our key, sent one by one, found again by the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import GatewayError, OutcomeUnknown
from . import directory
from .batch import ENDING, ROOT, SIZE, Item, ItemAnswer, send_items
from .call import Call, literal, segment
from .model import Answer, Draft, Mail
from .paging import list_rows

if TYPE_CHECKING:
    from .transport import Transport

IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}  # the id of a draft stays when it is sent


class GraphMail:
    """The half of Graph that knows mailboxes. Microsoft lets a mailbox send 30 messages a minute (Exchange Online
    limits, read 2026-08), so a school's mails are throttled every day."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def find_mails(self, mailbox: str, trip: str) -> Iterator[Mail]:
        """Every mail of ours for the trip in the mailbox, drafts and sent, found by the extended property."""
        operation = "find the trip's mails"
        is_ours = (
            f"singleValueExtendedProperties/Any(ep:%20ep/id%20eq%20{literal(directory.TRIP_PROPERTY)}"
            f"%20and%20ep/value%20eq%20{literal(trip)})"
        )
        with_key = f"singleValueExtendedProperties($filter=id%20eq%20{literal(directory.KEY_PROPERTY)})"
        fields = "id,isDraft,sentDateTime,toRecipients,ccRecipients,bccRecipients"
        url = f"{ROOT}{_messages(mailbox)}?$filter={is_ours}&$expand={with_key}&$select={fields}&$top=200"
        for row in list_rows(self._transport, Call(operation, "GET", url, role="inviter", headers=IMMUTABLE)):
            yield directory.make_mail(row, operation)

    def create_drafts(self, mailbox: str, drafts: Sequence[Draft]) -> list[Answer[Mail]]:
        """One draft each, with its key; sending is another call."""
        operation = "make drafts"
        items = [Item("POST", _messages(mailbox), directory.draft_body(draft), IMMUTABLE) for draft in drafts]
        answers: list[Answer[Mail]] = []
        for draft, answer in zip(drafts, send_items(self._transport, operation, items, "inviter"), strict=True):
            mail_id = str((answer.body or {}).get("id") or "") if answer.error is None else ""
            if mail_id:
                answers.append(Answer(Mail(mail_id, draft.key, draft.to.lower(), is_draft=True)))
            else:
                lost = OutcomeUnknown(f"{operation}: the answer does not name the draft")
                answers.append(Answer(error=answer.error or lost))
        return answers

    def send_drafts(self, mailbox: str, ids: Sequence[str]) -> list[Answer[None]]:
        """One answer each. A send that was throttled is tried again after the time asked for, and only when the mail is
        still a draft; whatever else leaves it open whether a mail went out is OutcomeUnknown."""
        answers: list[Answer[None]] = []
        for start in range(0, len(ids), SIZE):
            answers += _Sending(self._transport, mailbox, ids[start : start + SIZE]).run()
            if isinstance(answers[-1].error, ENDING):
                return answers + [Answer(error=answers[-1].error) for _ in ids[start + SIZE :]]
        return answers


class _Sending:
    """Up to 20 drafts on their way out."""

    def __init__(self, transport: Transport, mailbox: str, ids: Sequence[str]) -> None:
        self._transport, self._mailbox, self._ids = transport, mailbox, ids
        self._errors: dict[int, GatewayError | None] = {}

    def run(self) -> list[Answer[None]]:
        from .transport import Turn

        waiting = list(range(len(self._ids)))

        def attempt(number: int) -> Turn[None]:
            nonlocal waiting
            sending = waiting if number == 1 else self._still_drafts(waiting)
            answers = dict(zip(sending, self._send(sending), strict=True))
            self._errors.update({each: answer.error for each, answer in answers.items()})
            waiting = [each for each, answer in answers.items() if answer.throttled]
            asked = [answer.asked for answer in answers.values() if answer.asked is not None]
            return Turn(None, again=bool(waiting), asked=max(asked, default=None))

        self._transport.persist(attempt)
        return [Answer(error=self._errors[number]) for number in range(len(self._ids))]

    def _send(self, numbers: Sequence[int]) -> list[ItemAnswer]:
        paths = [f"{_messages(self._mailbox)}/{segment(self._ids[number])}/send" for number in numbers]
        items = [Item("POST", path, headers=IMMUTABLE) for path in paths]
        return send_items(self._transport, "send drafts", items, "inviter")

    def _still_drafts(self, numbers: Sequence[int]) -> list[int]:
        """Those that did not go out. One that did is no error any more; one that cannot be read stays unknown."""
        paths = [f"{_messages(self._mailbox)}/{segment(self._ids[number])}?$select=id,isDraft" for number in numbers]
        items = [Item("GET", path, headers=IMMUTABLE) for path in paths]
        still = []
        for number, answer in zip(numbers, send_items(self._transport, "read drafts", items, "inviter"), strict=True):
            is_draft = answer.body.get("isDraft") if answer.error is None and isinstance(answer.body, dict) else None
            if is_draft is True:
                still.append(number)
            elif is_draft is False:
                self._errors[number] = None
        return still


def _messages(mailbox: str) -> str:
    return f"/users/{segment(mailbox)}/messages"
