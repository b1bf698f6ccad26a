"""What one text, one file, one run may cost, and why: every bound that is not a format's own.

Files come from strangers: whatever stands in one, an answer comes within 20 seconds, in a memory of
1 GiB beyond what the numbers need. A bound counts per file, network or run, never per item.
"""

from __future__ import annotations

MIB = 1 << 20

LONGEST_TEXT = 4 * MIB
"""Configs and JSON become objects one by one: 2 million numbers are read in some four seconds, and
found again where one of them is wrong in another two."""

LONGEST_RESULT = 32 * MIB
"""Tables of rnncalc's own, which are read back number by number: a million in some two seconds."""

LONGEST_LINE = 16 * MIB
"""One line of csv, tsv or stdin, which is read as a whole; a file may have any number of them."""

BOMB = 100, 64 * MIB
"""What unpacks to more than so many times its size and more than so many bytes is refused."""

DEEPEST = 64
"""How far lists and mappings of a config may be nested: libyaml takes half a minute for 100,000."""

MOST_LAYERS = 1_000
"""Layers of a network, with a state and without: to convert and prove so many takes six seconds,
and much that is asked about layers compares each with all others."""

MOST_HELD = 10**8
"""Numbers of a result that are held at once, 800 MB, where no input of that size is there; and as
json, markdown or latex, which are written as a whole."""

MOST_EXACT = 10**6
"""Numbers of many digits (``mp:50``) that a run holds: each takes 200 bytes and more, and a step of
100 units takes some 20 milliseconds."""

WIDEST_STATE = 2_048
"""Numbers of a state (h, and c of an LSTM) of which ``--summary`` and ``--why`` compute the
derivatives: one step of so many takes 600 MiB."""

MOST_PRODUCTS, STEP = 5 * 10**10, 30_000
"""Multiplications in the products of those derivatives, over all layers and sequences, and what
each step costs besides: some ten seconds."""

MOST_AXES = 4
"""Of any array: sequences, timesteps, directions, units, as ONNX writes outputs."""

MOST_RUNS, LARGE_RUN = 8_000, 50_000
"""Runs of one direction of one layer that each kind of search for a mistake takes at most, in
``check``; one of more products counts as several. A run takes half a millisecond, and there are
four such searches: some ten seconds, however many layers there are."""
