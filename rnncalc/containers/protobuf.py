"""Messages of protobuf taken apart without their descriptions: fields by number, as they stand.

What a number means is the affair of whoever asks. Nothing is unpacked, so nothing grows.
"""

from __future__ import annotations

from typing import NamedTuple

from rnncalc.errors import FileError

MOST_FIELDS = 1_000_000
"""Of one message; each takes some 200 bytes here."""

NUMBER, EIGHT, BYTES, FOUR = 0, 1, 2, 5
"""How a value lies: a number of one to ten bytes, eight bytes, so many bytes, four bytes."""

LONGEST = 70
DAMAGED = "is damaged, or no protobuf"


class Message(NamedTuple):
    """The fields of a message in their order: number, and a number or bytes."""

    fields: list[tuple[int, int | bytes]]

    def every(self, number: int) -> list[bytes]:
        """The values of a field that may stand several times, and is bytes, text or a message.

        Errors: FileError where one is a number.
        """
        found = [value for key, value in self.fields if key == number]
        if any(isinstance(value, int) for value in found):
            raise FileError(DAMAGED)
        return found  # type: ignore[return-value]

    def inner(self, number: int) -> list[Message]:
        """The messages of a field. Errors: FileError for what is none."""
        return [message(value) for value in self.every(number)]

    def bytes(self, number: int) -> bytes:
        """The last of a field's values, as protobuf takes it; nothing where there is none."""
        return (self.every(number) or [b""])[-1]

    def text(self, number: int) -> str:
        """The same as text."""
        return self.bytes(number).decode("utf-8", "backslashreplace")

    def number(self, number: int) -> int:
        """The same of a number, with its sign; 0 where there is none.

        Errors: FileError where it is none.
        """
        found = [value for key, value in self.fields if key == number]
        last = found[-1] if found else 0
        if not isinstance(last, int):
            raise FileError(DAMAGED)
        return last - (1 << 64) if last >= 1 << 63 else last


def message(data: bytes) -> Message:
    """The fields of a message. Errors: FileError for what is none, and for too many."""
    fields: list[tuple[int, int | bytes]] = []
    at, end = 0, len(data)
    while at < end:
        tag, at = varint(data, at)
        if tag & 7 == NUMBER:
            value, at = varint(data, at)
            fields.append((tag >> 3, value & (1 << 64) - 1))
        elif tag & 7 == BYTES:
            size, at = varint(data, at)
            fields.append((tag >> 3, data[at : at + size]))
            at += size
        elif tag & 7 in (EIGHT, FOUR):
            size = 8 if tag & 7 == EIGHT else 4
            fields.append((tag >> 3, int.from_bytes(data[at : at + size], "little")))
            at += size
        else:
            raise FileError(DAMAGED)
        if at > end or tag < 8 or len(fields) > MOST_FIELDS:
            raise FileError(DAMAGED)
    return Message(fields)


def varint(data: bytes, at: int, end: int | None = None, damaged: str = DAMAGED) -> tuple[int, int]:
    """A number of one to ten bytes, and where it ends. Errors: FileError where it does not."""
    value = shift = 0
    end = len(data) if end is None else end
    while at < end and shift < LONGEST:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise FileError(damaged)
