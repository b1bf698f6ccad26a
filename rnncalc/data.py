"""Plain data: dataclasses whose methods stand here once, and are not made anew for every class;
and named tuples whose annotations nobody compiles.

The standard library writes the methods of every dataclass as text and compiles them, each time its
module is imported: more than half a millisecond, and a run has thirty. These do and say the same,
and ``fields`` and ``replace`` of the library know the classes. Of a named tuple it compiles what
stands behind each colon: two thirds of the time that the class takes, and a run has eighteen.
"""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from inspect import Signature


def _dataclass(
    cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, kw_only: bool = False
) -> Any:
    """The class with the methods of a dataclass, but for those that it has itself."""
    if cls is None:
        return partial(_dataclass, frozen=frozen, eq=eq, kw_only=kw_only)
    own = {**cls.__dict__}
    cls = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
    methods = {"__init__": _initializer(cls), "__repr__": _shown, "__signature__": _Signature()}
    if frozen:
        methods |= {"__setattr__": _refuse_setting, "__delattr__": _refuse_deleting}
    if eq:
        equal, hashed = _comparisons(cls)
        methods |= {"__eq__": equal, "__hash__": hashed if frozen else None}
    for name, method in methods.items():
        if own.get(name) is None:
            setattr(cls, name, method)
    return cls


class _Named(type):
    """Makes a named tuple of each class that names its fields."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        fields = body["__annotations__"]
        defaults = [body.pop(field) for field in fields if field in body]
        make: Any = namedtuple
        made: type = make(name, fields, defaults=defaults, module=body["__module__"])
        for key, value in body.items():
            setattr(made, key, value)
        return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from typing import NamedTuple as NamedTuple
else:
    dataclass = _dataclass
    NamedTuple = type.__new__(_Named, "NamedTuple", (), {"__slots__": ()})


def _initializer(cls: type) -> Callable[..., None]:
    every = dataclasses.fields(cls)
    names = tuple(field.name for field in every if field.init and not field.kw_only)
    closed = {field.name for field in every if not field.init}
    missing = dataclasses.MISSING
    defaults = {field.name: field.default for field in every if field.default is not missing}
    made = {one.name: one.default_factory for one in every if one.default_factory is not missing}
    needed = {one.name for one in every if one.init} | defaults.keys() | made.keys()
    prepared = hasattr(cls, "__post_init__")

    def __init__(self: Any, /, *given: Any, **named: Any) -> None:  # noqa: N807
        values = self.__dict__
        values.update(zip(names, given, strict=False), **named)
        known = len(values) == len(given) + len(named)  # else too many, or one of them twice
        if len(values) < len(needed):
            values.update(defaults | values)
            for name, make in made.items():
                if name not in values:
                    values[name] = make()
        if not known or values.keys() != needed or (closed and not closed.isdisjoint(named)):
            _refuse(cls, given, named)
        if prepared:
            self.__post_init__()

    return __init__


def _refuse(cls: type, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Errors: TypeError for what is no field, and for a field left out or given twice."""
    from inspect import signature

    try:
        signature(cls).bind(*given, **named)
    except TypeError as error:
        raise TypeError(f"{cls.__name__}: {error}") from None


class _Signature:
    """How a class is called, for those who ask it: help, editors."""

    def __get__(self, instance: object, owner: Any) -> Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        from inspect import Parameter, Signature

        parameters = []
        for field in dataclasses.fields(owner):
            default = Parameter.empty if field.default is dataclasses.MISSING else field.default
            if field.default_factory is not dataclasses.MISSING:
                default = field.default_factory
            kind = Parameter.KEYWORD_ONLY if field.kw_only else Parameter.POSITIONAL_OR_KEYWORD
            one = Parameter(field.name, kind, default=default, annotation=field.type)
            parameters += [one] * field.init
        return Signature(sorted(parameters, key=lambda one: one.kind), return_annotation=None)


@recursive_repr()
def _shown(self: Any) -> str:
    fields = [field.name for field in dataclasses.fields(self) if field.repr]
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields)
    return f"{type(self).__qualname__}({inner})"


def _comparisons(cls: type) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    values = attrgetter("__class__", *names)

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return equal, hashed


def _refuse_setting(self: object, name: str, value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
