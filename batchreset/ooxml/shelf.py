"""A list of `styles.xml` that is only ever added to: what stands in it keeps its number."""

from __future__ import annotations

from typing import Final

from batchreset.ooxml.outline import Draft, Element


class Shelf:
    """One list of the part (fonts, fills, formats): what stands in it by number, and what is added."""

    def __init__(self, draft: Draft, name: str) -> None:
        self._element: Final = draft.root.first(name)
        self._old: Final = self._element.children if self._element else []
        self._numbers: Final[dict[bytes, int]] = {}
        self._new: Final[list[bytes]] = []
        for number, child in enumerate(self._old):
            self._numbers.setdefault(draft.raw(child), number)

    def __len__(self) -> int:
        return self.old + len(self._new)

    @property
    def old(self) -> int:
        """How many stood there before anything was added."""
        return len(self._old)

    def element(self, number: int) -> Element | None:
        """What stands there by number, the first for a number that is none; `None` of an empty list."""
        if 0 <= number < len(self._old):
            return self._old[number]
        return next(iter(self._old), None)

    def has(self, entry: bytes) -> bool:
        """Whether an entry is there already."""
        return entry in self._numbers

    def add(self, entry: bytes) -> int:
        """The number of an entry, put at the end unless it is there already."""
        if entry not in self._numbers:
            self._numbers[entry] = len(self)
            self._new.append(entry)
        return self._numbers[entry]

    def put_into(self, draft: Draft) -> None:
        """Append what was added to the list in a draft of the part."""
        if self._element is None or not self._new:
            return
        for entry in self._new:
            draft.append(self._element, entry)
        if "count" in self._element.attributes:
            draft.set(self._element, count=str(len(self)))
