"""Microsoft Graph: trip groups, and who is in them. Read and written raw, as everything in graph.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..errors import AlreadyExists, GatewayError, NotFound, Rejected
from . import directory
from .batch import ENDING, ROOT, SIZE, Item, send_items
from .call import Call, literal, segment
from .directory import GROUP_FIELDS, USER_FIELDS, make_group, make_user
from .graph_mail import GraphMail
from .model import Answer, DirectoryUser, Group, Members
from .paging import Row, list_each, list_rows

FIND = "find the trip group"
READ_USERS, READ_GROUPS = "list the members of a group", "list the groups in a group"
USERS, GROUPS = f"members?$select={USER_FIELDS}&$top=999", "members?$top=999"


class GraphGroups(GraphMail):
    """The part of Graph that knows trip groups."""

    def find_groups(self, nickname: str) -> tuple[Group, ...]:
        call = Call(FIND, "GET", f"{ROOT}{_named(nickname)}")
        return tuple(make_group(row, FIND) for row in list_rows(self._transport, call))

    def find_groups_each(self, nicknames: Sequence[str]) -> dict[str, Answer[tuple[Group, ...]]]:
        """As find_groups, for many nicknames: `$batch` of 20, each nickname with an outcome of its own."""
        wanted = list(dict.fromkeys(nicknames))
        answers = list_each(self._transport, FIND, [Item("GET", _named(each)) for each in wanted])
        made = (each.then(lambda rows: tuple(make_group(row, FIND) for row in rows)) for each in answers)
        return dict(zip(wanted, made, strict=True))

    def find_group(self, group_id: str) -> Group | None:
        """None where the directory has no group of that id: directory roles stand in permissions as groups do."""
        operation = "read a group"
        url = f"{ROOT}/groups/{segment(group_id)}?$select={GROUP_FIELDS}"
        try:
            return make_group(self._transport.json(Call(operation, "GET", url)) or {}, operation)
        except NotFound:
            return None

    def create_group(self, name: str, nickname: str, description: str) -> Group:
        """A security group without owners, not mail-enabled."""
        operation = "create the trip group"
        data = {
            "displayName": name,
            "mailNickname": nickname,
            "description": description,
            "mailEnabled": False,
            "securityEnabled": True,
            "groupTypes": [],
        }
        row = self._transport.json(Call(operation, "POST", f"{ROOT}/groups", role="inviter", data=data))
        return make_group(row or {}, operation)

    def delete_group(self, group_id: str) -> None:
        url = f"{ROOT}/groups/{segment(group_id)}"
        self._transport.send(Call("delete the trip group", "DELETE", url, role="inviter"))

    def list_members(self, group_id: str) -> Iterator[DirectoryUser]:
        """The accounts that are direct members of the group."""
        yield from _users_among(self._list_members(READ_USERS, group_id, USERS))

    def list_member_groups(self, group_id: str) -> Iterator[Group]:
        """The groups that are direct members of the group."""
        yield from _groups_among(self._list_members(READ_GROUPS, group_id, GROUPS))

    def list_members_each(self, group_ids: Sequence[str]) -> dict[str, Answer[Members]]:
        """As list_members and list_member_groups, of many groups: `$batch` of 20 reads, two for each group. Each group
        has an outcome of its own."""
        wanted = list(dict.fromkeys(group_ids))
        paths = [f"/groups/{segment(each)}/{relation}" for each in wanted for relation in (USERS, GROUPS)]
        rows = list_each(self._transport, READ_USERS, [Item("GET", path) for path in paths])
        return {
            each: _make_members(of_users, of_groups)
            for each, of_users, of_groups in zip(wanted, rows[::2], rows[1::2], strict=True)
        }

    def _list_members(self, operation: str, group_id: str, relation: str) -> Iterator[Row]:
        """Objects of every kind: a cast to one kind would be read from an index that lags behind the directory."""
        url = f"{ROOT}/groups/{segment(group_id)}/{relation}"
        return list_rows(self._transport, Call(operation, "GET", url))

    def add_members(self, group_id: str, user_ids: Sequence[str]) -> list[Answer[None]]:
        """20 a PATCH. One that is already a member is success; a refused PATCH is halved until the bad id is alone."""
        answers: list[Answer[None]] = []
        for start in range(0, len(user_ids), SIZE):
            answers += self._add_some(group_id, user_ids[start : start + SIZE])
            if isinstance(answers[-1].error, ENDING):
                return answers + [Answer(error=answers[-1].error) for _ in user_ids[start + SIZE :]]
        return answers

    def _add_some(self, group_id: str, ids: Sequence[str]) -> list[Answer[None]]:
        data = {"members@odata.bind": [f"{ROOT}/directoryObjects/{segment(each)}" for each in ids]}
        url = f"{ROOT}/groups/{segment(group_id)}"
        error: GatewayError
        try:
            self._transport.send(Call("add members", "PATCH", url, role="inviter", data=data, items=len(ids)))
        except (Rejected, NotFound, AlreadyExists) as refusal:
            error = refusal
        except GatewayError as failure:
            return [Answer(error=failure) for _ in ids]
        else:
            return [Answer() for _ in ids]
        if len(ids) > 1:
            middle = len(ids) // 2
            return self._add_some(group_id, ids[:middle]) + self._add_some(group_id, ids[middle:])
        return [Answer() if isinstance(error, AlreadyExists) else Answer(error=error)]

    def remove_members(self, group_id: str, user_ids: Sequence[str]) -> list[Answer[None]]:
        """`$batch` of 20 DELETE; one that is no member is success."""
        group = f"/groups/{segment(group_id)}/members"
        items = [Item("DELETE", f"{group}/{segment(each)}/$ref") for each in user_ids]
        answers = send_items(self._transport, "remove members", items, "inviter")
        return [Answer(error=None if isinstance(answer.error, NotFound) else answer.error) for answer in answers]


def _named(nickname: str) -> str:
    return f"/groups?$filter=mailNickname%20eq%20{literal(nickname)}&$select={GROUP_FIELDS}"


def _users_among(rows: Iterable[Row]) -> Iterator[DirectoryUser]:
    """Each account once."""
    seen: set[str] = set()
    for row in rows:
        if directory.member_type(row, READ_USERS) == "user":
            user = make_user(row, READ_USERS)
            if user.id not in seen:
                seen.add(user.id)
                yield user


def _groups_among(rows: Iterable[Row]) -> Iterator[Group]:
    return (make_group(row, READ_GROUPS) for row in rows if directory.member_type(row, READ_GROUPS) == "group")


def _make_members(of_users: Answer[list[Row]], of_groups: Answer[list[Row]]) -> Answer[Members]:
    return of_users.then(lambda users: Members(tuple(_users_among(users)), tuple(_groups_among(of_groups.get()))))
