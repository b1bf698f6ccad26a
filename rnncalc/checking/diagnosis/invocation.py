"""Where a network came from: what there is to type, or to edit, where it is to be another one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rnncalc.checking.diagnosis.job import KeyPath

NOTHING: Mapping[str, str] = MappingProxyType({})


class Invocation(NamedTuple):
    """How somebody gave a network.

    Attributes:
        typed: whether on a command line; else in Python.
        file: the file that was named there, ``-`` for what can be read only once; nothing where
            there was none.
        flags: the keys that a flag gave, and the flag.
        blocks: where a config describes each direction, as ``layers[1].forward``; None where no
            text does.
        own: whether weights stand there in our own names.
        assumed: the layers and keys that may be assumed otherwise.
        options: what else says which network is meant, as it was typed: ``--layers lstm``.
        several: whether it has more than one recurrent layer, also where less is compared.
        columns: what --columns calls the features of x, in their order; nothing where x comes from
            no table.
        own_inputs: what the network makes itself of its input, by embedding or masking.
    """

    typed: bool = False
    file: str = ""
    flags: Mapping[str, str] = NOTHING
    blocks: Mapping[KeyPath, str] | None = None
    own: bool = False
    assumed: frozenset[tuple[str, str]] = frozenset()
    options: str = ""
    several: bool = False
    columns: tuple[str, ...] = ()
    own_inputs: frozenset[str] = frozenset()


PYTHON = Invocation()
"""A model or a run that was given to ``rnncalc.check``."""
