"""Plain data: what the standard library's dataclasses do, ours do and say."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import typing
from dataclasses import field
from functools import cached_property
from inspect import signature

import pytest

from rnncalc.data import NamedTuple, dataclass

WAYS = [
    {"frozen": frozen, "eq": eq, "kw_only": kw_only}
    for frozen in (True, False)
    for eq in (True, False)
    for kw_only in (True, False)
]


class Body:
    """Fields of every kind, and a property that is computed once."""

    name: str
    size: int = 3
    parts: list[int] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)
    total: int = field(init=False, default=0)

    def __post_init__(self):
        object.__setattr__(self, "total", self.size + len(self.parts))

    @cached_property
    def doubled(self):
        return 2 * self.total


def made(maker, **way):
    """A class of that body."""
    inner = {name: it for name, it in vars(Body).items() if name not in ("__dict__", "__weakref__")}
    return maker(**way)(type("Body", (), inner | {"__qualname__": "Body"}))


def seen(act):
    """What comes of it: a result, or the kind of error that was raised."""
    try:
        return act()
    except Exception as error:
        return type(error)


CALLS = {
    "by name": lambda cls: repr(cls(name="a", size=1, parts=[2], note="n")),
    "by position": lambda cls: repr(cls("a", 1, [2], "n")),
    "defaults": lambda cls: vars(cls(name="a")),
    "nothing": lambda cls: cls(),
    "unknown": lambda cls: cls(name="a", other=1),
    "twice": lambda cls: cls("a", name="b"),
    "too many": lambda cls: cls("a", 1, [], "", 9),
    "computed": lambda cls: cls(name="a", total=1),
    "own lists": lambda cls: cls(name="a").parts is cls(name="a").parts,
    "equal": lambda cls: cls(name="a", note="x") == cls(name="a", note="y"),
    "unequal": lambda cls: cls(name="a") == cls(name="b"),
    "another": lambda cls: cls(name="a") == "a",
    "hash": lambda cls: len({cls(name="a", parts=()), cls(name="a", parts=())}),
    "set": lambda cls: setattr(cls(name="a"), "size", 1),
    "delete": lambda cls: delattr(cls(name="a"), "size"),
    "replaced": lambda cls: repr(dataclasses.replace(cls(name="a"), size=7)),
    "replaced wrongly": lambda cls: dataclasses.replace(cls(name="a"), total=7),
    "as a dict": lambda cls: dataclasses.asdict(cls(name="a")),
    "copied": lambda cls: vars(copy.deepcopy(cls(name="a", parts=[1]))),
    "cached": lambda cls: cls(name="a").doubled,
    "signature": lambda cls: [
        (one.name, one.kind, str(one.default).partition(" ")[0])
        for one in signature(cls).parameters.values()
        if one.name != "parts"
    ],
    "asked for": lambda cls: [*signature(cls).parameters],
    "refused": lambda cls: isinstance(cls.__hash__, type(None)),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(k for k, on in way.items() if on))
@pytest.mark.parametrize("call", CALLS)
def test_ours_do_what_those_of_the_library_do(call, way):
    """Made, shown, compared, changed, replaced, refused: the same comes of it."""
    ours, theirs = made(dataclass, **way), made(dataclasses.dataclass, **way)

    assert seen(lambda: CALLS[call](ours)) == seen(lambda: CALLS[call](theirs))


@dataclass(frozen=True)
class Base:
    """With a field that has a default."""

    a: int = 1


@dataclass(frozen=True)
class Derived(Base):
    """Another field, and a repr of its own."""

    b: int = 2

    def __repr__(self):
        return "mine"


def test_fields_are_inherited_and_own_methods_stay():
    """A class of another; what it writes itself is not taken away; it can be pickled."""
    one = Derived(b=3)

    assert (one.a, one.b, repr(one), Base() == one) == (1, 3, "mine", False)
    assert pickle.loads(pickle.dumps(one)) == one


def test_an_error_names_the_class_and_the_field():
    """As the library's do."""
    with pytest.raises(TypeError, match=r"Base: .*'c'"):
        Base(c=1)


class Pair(NamedTuple):
    """Two, and what they come to."""

    first: int
    second: str | None = None

    @property
    def total(self):
        """Of both."""
        return self.first + len(self.second or "")


class Theirs(typing.NamedTuple):
    """The same by the standard library."""

    first: int
    second: str | None = None


def test_a_named_tuple_is_one():
    """Fields, defaults, methods, annotations and pickles are as ``typing.NamedTuple`` has them."""
    assert (Pair._fields, Pair._field_defaults) == (Theirs._fields, Theirs._field_defaults)
    assert typing.get_type_hints(Pair) == typing.get_type_hints(Theirs)
    assert (Pair(1), Pair(1, "a").total, Pair(1)._replace(first=2)) == ((1, None), 2, (2, None))
    assert repr(Pair(first=1)) == "Pair(first=1, second=None)"
    assert Pair.__doc__ == "Two, and what they come to."
    assert pickle.loads(pickle.dumps(Pair(3))) == Pair(3)
    assert not hasattr(Pair(1), "__dict__")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
        Pair()
