"""Pickles read as data: a small machine that obeys the opcodes which put data together.

Nothing is imported, and nothing that a pickle names is called: a name is looked up in a table of
stand-ins, and of what is not in it only the data is kept, as ``Made``. No claim of a length is
believed beyond the bytes that are there, positions in the memo cost nothing, steps are counted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from rnncalc.data import dataclass
from rnncalc.errors import FileError, printable
from rnncalc.files import MIB

LONGEST = 16 * MIB
"""Bytes of a pickle whose numbers stand beside it. That of thousands of tensors has one MiB."""

LONGEST_ALONE = 128 * MIB
"""Bytes of a pickle that has its numbers in itself."""

STEPS = 1_000_000
"""Opcodes; each makes at most one small object, or counts as many steps as it copies."""

LONGEST_NAME = 500
MOST_ARGUMENTS = 10
NEWEST = 5
"""Protocols of pickle; the next one may mean other things by its opcodes."""

STOP = ord(".")
DAMAGE = (IndexError, KeyError, TypeError, ValueError, AttributeError, struct.error)


class Pairs:
    """A dict that was pickled: its keys and values as they come, each two of them a list or tuple.

    Keys are not hashed: a file may hold any number that fall together.
    """

    def __init__(self, pairs: list[Any]) -> None:
        self.pairs = pairs


class Attributes(Pairs):
    """An object that is nothing but its attributes: argparse's Namespace."""


class Made(Pairs):
    """What a class or function that is not known would make: what it was given, and no more.

    Attributes:
        name: module and name of the class or function.
        arguments: what it would be called with.
        values: what was appended to it; ``pairs``: its items.
        state: what it would be built of: mostly its attributes.
    """

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        super().__init__([])
        self.name, self.arguments = name, arguments
        self.values: list[Any] = []
        self.state: Any = None

    def built(self, machine: Machine) -> Any:
        """What stands in its place once its state is known: itself."""
        return self


@dataclass(frozen=True)
class Name:
    """A stand-in for a class or function that a pickle names.

    Attributes:
        name: module and name: ``torch._utils _rebuild_tensor_v2``.
        make: what calling it gives, of the arguments; None for Made, which keeps them.
        cost: how many steps that counts for.
        holds: the type of the numbers, where it is the class of a storage.
    """

    name: str
    make: Callable[[tuple[Any, ...]], Any] | None = None
    cost: int = 1
    holds: str = ""


class Machine:
    """Pickles one after another in ``data``, read without running anything.

    Args:
        data: the bytes.
        find: gives the stand-in for module and name; raises FileError where there is none.
        persistent: gives the object that a persistent id stands for.
        steps: how many it may take.
    """

    def __init__(
        self,
        data: bytes,
        find: Callable[[str], Any],
        persistent: Callable[[Any], Any],
        steps: int = STEPS,
    ) -> None:
        self.data, self.find, self.persistent = data, find, persistent
        self.at, self.left = 0, steps
        self.outer: tuple[Any, ...] = ()
        self._start()

    def _start(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> Any:
        """The object in the next pickle: Pairs, lists, tuples, values, what the stand-ins made.

        Errors: FileError for damage, an opcode or a name that no weights need, too many steps.
        """
        self._start()
        try:
            while (code := self.data[self.at]) != STOP:
                self.at += 1
                self.spend(1)
                if (obey := OPCODES.get(code)) is None:
                    raise FileError(_unknown(code))
                obey(self)
            self.at += 1
            return self.stack.pop()
        except DAMAGE:
            raise FileError(f"the pickle is damaged or truncated at byte {self.at:,}") from None

    def inner(self) -> Any:
        """The object of a pickle that stands between the opcodes of another one.

        Errors: FileError as of ``load``, and for a pickle in one that stands so itself.
        """
        if self.outer:
            raise FileError("the pickle has arrays of objects in arrays of objects: refused")
        self.outer = self.stack, self.marks, self.memo
        try:
            return self.load()
        finally:
            (self.stack, self.marks, self.memo), self.outer = self.outer, ()

    def spend(self, steps: int) -> None:
        """Count steps. Errors: FileError, where there are too many."""
        self.left -= steps
        if self.left < 0:
            raise FileError(f"the pickle takes more than {STEPS:,} steps: refused")

    def take(self, count: int) -> bytes:
        """The next bytes. Errors: IndexError, where there are not so many."""
        if count > len(self.data) - self.at:
            raise IndexError
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        """The next bytes as a whole number that is not negative."""
        return int.from_bytes(self.take(width), "little")

    def line(self) -> str:
        """The next line, of at most LONGEST_NAME bytes."""
        text = self.take(self.data.index(b"\n", self.at, self.at + LONGEST_NAME) - self.at)
        self.at += 1
        return text.decode()

    def since_mark(self) -> list[Any]:
        """What was put on the stack since the last mark, taken off it."""
        mark = self.marks.pop()
        values = self.stack[mark:]
        del self.stack[mark:]
        return values


def _unknown(code: int) -> str:
    import pickletools

    names = {opcode.code: opcode.name for opcode in pickletools.opcodes}
    name = names.get(chr(code), f"0x{code:02x}")
    return f"the pickle is damaged or no plain weights: it has the opcode {name}"


def _value(make: Callable[[Machine], Any]) -> Callable[[Machine], None]:
    """An opcode that puts a value on the stack."""
    return lambda machine: machine.stack.append(make(machine))


def _text(width: int) -> Callable[[Machine], None]:
    """Text behind its length of ``width`` bytes."""
    return _value(lambda machine: machine.take(machine.number(width)).decode())


def _bytes(width: int) -> Callable[[Machine], None]:
    """Bytes behind their length."""
    return _value(lambda machine: machine.take(machine.number(width)))


def _drop(machine: Machine) -> None:
    machine.stack.pop()


def _long(machine: Machine) -> int:
    return int.from_bytes(machine.take(machine.number(1)), "little", signed=True)


def _tuple(count: int) -> Callable[[Machine], None]:
    def obey(machine: Machine) -> None:
        if count > len(machine.stack):
            raise IndexError
        machine.stack[-count:] = [tuple(machine.stack[-count:])]

    return obey


def _put(where: Callable[[Machine], int]) -> Callable[[Machine], None]:
    def obey(machine: Machine) -> None:
        machine.memo[where(machine)] = machine.stack[-1]

    return obey


def _append(values: Callable[[Machine], list[Any]]) -> Callable[[Machine], None]:
    def obey(machine: Machine) -> None:
        added = values(machine)
        owner = machine.stack[-1]
        kept = owner.values if isinstance(owner, Made) else owner
        if type(kept) is not list:
            raise TypeError
        kept.extend(added)

    return obey


def _set(values: Callable[[Machine], list[Any]]) -> Callable[[Machine], None]:
    def obey(machine: Machine) -> None:
        added = values(machine)
        machine.stack[-1].pairs.extend(zip(added[::2], added[1::2], strict=True))

    return obey


def _last(count: int) -> Callable[[Machine], list[Any]]:
    def taken(machine: Machine) -> list[Any]:
        values = [machine.stack.pop() for _ in range(count)]
        return values[::-1]

    return taken


def _protocol(machine: Machine) -> None:
    if (protocol := machine.number(1)) > NEWEST:
        raise FileError(f"the pickle is of protocol {protocol}; known are those up to {NEWEST}")


def _frame(machine: Machine) -> None:
    machine.take(8)


def _mark(machine: Machine) -> None:
    machine.marks.append(len(machine.stack))


def _global(machine: Machine) -> Any:
    module, name = machine.line(), machine.line()
    return machine.find(f"{module} {name}")


def _stack_global(machine: Machine) -> Any:
    module, name = _last(2)(machine)
    if not isinstance(module, str) or not isinstance(name, str):
        raise TypeError
    return machine.find(f"{module[:LONGEST_NAME]} {name[:LONGEST_NAME]}")


def _call(machine: Machine) -> Any:
    """Ask a stand-in for what its class or function would give; what is not known gives Made."""
    name, arguments = _last(2)(machine)
    if not isinstance(name, (Name, Made)) or not isinstance(arguments, tuple):
        raise TypeError
    if isinstance(name, Made):
        machine.spend(len(arguments))  # a copy, of what may stand in the memo
        return Made(name.name, (name, *arguments))
    if name.holds:
        raise FileError(f"the pickle calls '{printable(name.name)}', which no weights do")
    machine.spend(name.cost)
    if name.make is None:
        return Made(name.name, arguments)
    if len(arguments) > MOST_ARGUMENTS:
        raise ValueError
    return name.make(arguments)


def _call_by_keys(machine: Machine) -> Any:
    """NEWOBJ_EX: what is not known keeps its arguments by name, too."""
    by_key = machine.stack.pop()
    made = _call(machine)
    if type(by_key) is not Pairs or not isinstance(made, Made):
        raise TypeError
    machine.spend(len(made.arguments))  # a copy, as above
    made.arguments += (by_key,)
    return made


def _build(machine: Machine) -> None:
    """Attributes: they are all of a Namespace; what a dict has of them (``_metadata``) is left."""
    state = machine.stack.pop()
    owner = machine.stack[-1]
    if isinstance(owner, Made):
        owner.state = state
        machine.stack[-1] = owner.built(machine)
        return
    if not isinstance(owner, Pairs) or not isinstance(state, Pairs):
        raise TypeError
    if isinstance(owner, Attributes):
        owner.pairs = state.pairs


OPCODES: dict[int, Callable[[Machine], None]] = {
    ord("\x80"): _protocol,
    ord("\x95"): _frame,
    ord("("): _mark,
    ord("N"): _value(lambda machine: None),
    ord("\x88"): _value(lambda machine: True),
    ord("\x89"): _value(lambda machine: False),
    ord("K"): _value(lambda machine: machine.number(1)),
    ord("M"): _value(lambda machine: machine.number(2)),
    ord("J"): _value(lambda machine: struct.unpack("<i", machine.take(4))[0]),
    ord("\x8a"): _value(_long),
    ord("G"): _value(lambda machine: struct.unpack(">d", machine.take(8))[0]),
    ord("X"): _text(4),
    ord("\x8c"): _text(1),
    ord("\x8d"): _text(8),
    ord("U"): _text(1),
    ord("T"): _text(4),
    ord("B"): _bytes(4),
    ord("C"): _bytes(1),
    ord("\x8e"): _bytes(8),
    ord("\x96"): _bytes(8),
    ord("}"): _value(lambda machine: Pairs([])),
    ord("]"): _value(lambda machine: []),
    ord("\x8f"): _value(lambda machine: []),  # a set
    ord(")"): _value(lambda machine: ()),
    ord("\x85"): _tuple(1),
    ord("\x86"): _tuple(2),
    ord("\x87"): _tuple(3),
    ord("t"): _value(lambda machine: tuple(machine.since_mark())),
    ord("\x91"): _value(Machine.since_mark),  # a frozenset
    ord("0"): _drop,
    ord("a"): _append(_last(1)),
    ord("e"): _append(Machine.since_mark),
    ord("\x90"): _append(Machine.since_mark),
    ord("s"): _set(_last(2)),
    ord("u"): _set(Machine.since_mark),
    ord("q"): _put(lambda machine: machine.number(1)),
    ord("r"): _put(lambda machine: machine.number(4)),
    ord("\x94"): _put(lambda machine: len(machine.memo)),
    ord("h"): _value(lambda machine: machine.memo[machine.number(1)]),
    ord("j"): _value(lambda machine: machine.memo[machine.number(4)]),
    ord("c"): _value(_global),
    ord("\x93"): _value(_stack_global),
    ord("R"): _value(_call),
    ord("\x81"): _value(_call),  # NEWOBJ
    ord("\x92"): _value(_call_by_keys),  # NEWOBJ_EX
    ord("b"): _build,
    ord("Q"): _value(lambda machine: machine.persistent(machine.stack.pop())),
}
"""What is obeyed, of the opcodes of the protocols 2 to 5."""
