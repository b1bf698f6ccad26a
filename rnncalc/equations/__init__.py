"""The equations, one file per cell: each is written here once, and nowhere else."""

from rnncalc.equations import gru, lstm, rnn
from rnncalc.equations import normalization as normalization
from rnncalc.equations import output as output
from rnncalc.equations import pooling as pooling
from rnncalc.equations import prelu as prelu
from rnncalc.equations.cell import Cell as Cell

CELLS: dict[str, Cell] = {"rnn": rnn.CELL, "gru": gru.CELL, "lstm": lstm.CELL}
"""Every kind of cell, by its name."""
