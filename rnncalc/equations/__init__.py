"""The equations, one file per cell: each is written here once, and nowhere else."""

from rnncalc.cells import gru, lstm, rnn
from rnncalc.cells import normalization as normalization
from rnncalc.cells import output as output
from rnncalc.cells import pooling as pooling
from rnncalc.cells import prelu as prelu
from rnncalc.cells.cell import Cell as Cell

CELLS: dict[str, Cell] = {"rnn": rnn.CELL, "gru": gru.CELL, "lstm": lstm.CELL}
"""Every kind of cell, by its name."""
