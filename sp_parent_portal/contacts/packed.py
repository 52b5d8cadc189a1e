"""Very many short records in little memory: all text of all records in one piece, and where each record ends in it.

A million people as objects take a gigabyte; packed, a tenth of it. A record becomes an object when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence, ValuesView
from itertools import accumulate, chain, compress, count, repeat
from operator import add, attrgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")
# Never in a cell: a line with a NUL is refused when files are read, and so is a cell with a line break.
_PART, _END = "\0", "\n"
_AT_ONCE = 2000


class PackedCells:
    """Records of one and the same number of cells."""

    __slots__ = ("_ends", "_text", "_width")

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])
        self._width = 0

    def __len__(self) -> int:
        return len(self._ends) - 1

    def extend(self, columns: Sequence[Sequence[str]]) -> None:
        """Adds the records that have these columns."""
        self._width = len(columns)
        joined = list(map(_PART.join, zip(*columns, strict=True)))
        text = _END.join([*joined, ""])
        encoded: list[str] | list[bytes] = joined if text.isascii() else list(map(str.encode, joined))
        lengths = map(add, map(len, encoded), repeat(len(_END)))
        self._ends.extend(accumulate(lengths, initial=self._ends.pop()))
        self._text += text.encode()

    def __getitem__(self, number: int) -> list[str]:
        return self._text[self._ends[number] : self._ends[number + 1] - 1].decode().split(_PART)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return self.select(range(self._width))

    def select(self, places: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The cells at these places of each record; at a place below 0 there is an empty one."""
        return chain.from_iterable(zip(*columns, strict=False) for columns in self.columns(places))

    def columns(self, places: Sequence[int]) -> Iterator[list[list[str]]]:
        """For some thousand records after the other: the cells at each of these places."""
        for start in range(0, len(self), _AT_ONCE):
            end = min(start + _AT_ONCE, len(self))
            text = self._text[self._ends[start] : self._ends[end] - 1].decode()
            cells = text.replace(_END, _PART).split(_PART)
            yield [cells[place :: self._width] if place >= 0 else [""] * (end - start) for place in places]


class Chosen(Mapping[str, T], Generic[T]):
    """Objects by id, each made of its number when it is asked for. `numbers` has everybody in order of number, `chosen`
    is 1 at the numbers of those who belong here. `select` gives attributes, by their names, of everybody in order of
    number without making them."""

    __slots__ = ("_chosen", "_length", "_make", "_select", "numbers")

    def __init__(
        self,
        numbers: Mapping[str, int],
        chosen: bytearray,
        make: Callable[[str, int], T],
        select: Callable[[tuple[str, ...]], Iterator[tuple[Any, ...]]],
    ) -> None:
        self.numbers = numbers
        self._chosen = chosen
        self._make = make
        self._select = select
        self._length = sum(chosen)

    def select(self, *attributes: str) -> Iterator[tuple[Any, ...]]:
        """The values of these attributes, object by object."""
        return compress(self._select(attributes), self._chosen)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return compress(self.numbers, self._chosen)

    def values(self) -> ValuesView[T]:
        return _Made(self)

    def made(self) -> Iterator[T]:
        """Each object in order."""
        return map(self._make, self, compress(count(), self._chosen))

    def __contains__(self, key: object) -> bool:
        number = self.numbers.get(key) if isinstance(key, str) else None
        return number is not None and bool(self._chosen[number])

    def __getitem__(self, key: str) -> T:
        number = self.numbers[key]
        if not self._chosen[number]:
            raise KeyError(key)
        return self._make(key, number)


class _Made(ValuesView[T]):
    """The values of `Chosen`, which need not be looked up by their ids."""

    def __init__(self, chosen: Chosen[T]) -> None:
        super().__init__(chosen)
        self._made = chosen.made

    def __iter__(self) -> Iterator[T]:
        return self._made()


def select(people: Mapping[str, object], *attributes: str) -> Iterator[tuple[Any, ...]]:
    """The values of these attributes, object by object, in the order of the ids."""
    if isinstance(people, Chosen):
        return people.select(*attributes)
    return zip(*(map(attrgetter(name), people.values()) for name in attributes), strict=True)


def numbers(people: Mapping[str, object]) -> Mapping[str, int]:
    """A number for each id, not always without gaps."""
    return people.numbers if isinstance(people, Chosen) else dict(zip(people, count(), strict=False))
