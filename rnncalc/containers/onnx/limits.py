"""Every bound of the ONNX reader, with its reason; and what reading a file may cost, counted.

Nodes are cheap to write: a bound for each of them is none. So whoever computes anything of a graph
pays for it out of the one ``Budget`` of its file. The other bounds are of what is held at once, and
of what no network has.
"""

from __future__ import annotations

from rnncalc.errors import RnncalcError
from rnncalc.files import MIB

# The file.

LONGEST = (1 << 31) - 1
"""Bytes. No protobuf is longer."""

MOST_FIELDS = 1_000_000
"""Fields of all messages. A network of ten thousand nodes has about half as many."""

MESSAGE = 8
"""A message counts for so many fields: two bytes of a file can be an object of a hundred."""

MOST_NUMBERS = 4 * MIB
"""Bytes of numbers in attributes and shapes, each of which becomes an object."""

MOST_VARINTS = 64 * MIB
"""Bytes of whole numbers of tensors that are kept one by one; raw ones count nothing."""

DEEPEST = 10
"""Graphs inside nodes of graphs: each is a few calls deep. Recorded exports have one."""

LARGEST_OFFSET = 1 << 62
"""Of an offset or a length in another file: its sum with another one is still a whole number."""

# What is held of it.

SMALL = 64
"""Numbers of a constant that are made at once and kept: axes, bounds, lengths."""

FROM_NOTHING = 1 << 20
"""Numbers of a constant that is made of less: a zero state. All that the file holds may come
beside."""

KEPT = 1 << 22
"""Numbers (32 MiB) of made constants that are kept for whoever reads them next."""

NESTED = 64
"""Constants that are made of each other: each is a few calls deep. Recorded exports
have three."""

HELD_AT_ONCE = 4
"""What the file holds, so many times, may be held while a constant is made of others. To join the
four gates of the largest matrix takes twice that matrix."""

HELD_LENGTHS = 1 << 16
"""Lengths of sequences that are looked at: whether they are those of all steps."""

HELD_STATES = 1 << 20
"""Numbers of an initial state that are looked at: whether they are zeros, or equal rows."""

MOST_AXES = 8
"""Of a value that flows: the ways to join and cut more axes than that are too many to try."""

MOST_FACTORS = 8
"""Lengths that only a run tells are multiplied with so many others: no array has more axes."""

FEW = 16
"""Numbers of a constant that a graph computes lengths with."""

# What a recurrence, or a layer, that was written out may be.

MOST_STATES = 24
"""That a loop carries: those of a dozen cells."""

LONGEST_LOOP = 20_000
"""Steps of a loop that are counted, one by one: a minute of features at 100 a second is 6,000."""

MOST_DRAWN = 1 << 22
"""Numbers of a sequence that is drawn to try an unrolled recurrence on, at each scale."""

MOST_TERMS = 32
"""What is added up to one number of a step: products with the input and the state, biases."""

MOST_OPERATORS = 40
"""Of one layer that is written out; a normalization has a dozen."""

MOST_CONSTANTS = 64
"""On the way to the constants that such a layer is made of."""

MOST_ALIKE = 6
"""Constants of one length in such a layer: every order of them is tried, and a batch
normalization has four."""

MANY_PARAMETERS = 3
"""Of an activation that is written out: with so many, only the first constants are tried for
them, as all pairs and triples of more would be."""

# What is printed.

NAMED = 8
"""Parts and operators that are named in a message."""

LISTED = 20
"""Nodes that are not computed and are listed one by one."""

# What all of it may cost.

LOOK, CALL = 1_000, 10_000
"""Work, in nanoseconds: looking at a node, and computing what an operator makes of few numbers."""

SLOW, PRODUCT = 64, 32
"""How many numbers as others are done take as long as one of an error function, and how many
multiplications of a matrix product take as long as one number."""

TRIED = 30
"""Operators that trying a cell on a step takes as long as."""

MADE = 1 << 26
"""Numbers (512 MiB) that operators make of a graph's constants, and of sequences that are drawn to
try recurrences on: all are kept until the graph has been read."""

WORK = 4_000_000_000
"""Of a graph. Whoever reads a file may wait for seconds, not for minutes; two layers of 256 units
that are unrolled for a hundred steps take a tenth of it."""


class OverspentError(Exception):
    """A graph that takes more work than it may: no reason why this or that node is not computed,
    so it passes whoever looks for such, and is said of the whole file."""


class Budget:
    """The work that may still be spent on a graph, whatever it says."""

    def __init__(self) -> None:
        self.left, self.room = WORK, MADE

    def spend(self, *, looks: int = 0, calls: int = 0, numbers: int = 0, made: int = 0) -> None:
        """Pay for what is about to be done.

        Args:
            looks: how many nodes are looked at.
            calls: how many operators are computed.
            numbers: how many numbers these make, read or multiply.
            made: how many of them are kept.

        Errors: OverspentError where all is spent; RnncalcError where there is no room for what is
        made, which leaves it unknown.
        """
        fits = made <= self.room
        self.left -= LOOK * looks + CALL * calls + 2 * numbers * fits
        if self.left < 0:
            raise OverspentError("its graph takes more work to read than that of any network")
        if not fits:
            raise RnncalcError("it makes more numbers than are computed here")
        self.room -= made
