"""The equations, one file per cell: each is written here once, and nowhere else."""

from rnncalc.cells import output as output
from rnncalc.cells import rnn
from rnncalc.cells.cell import Cell

CELLS: dict[str, Cell] = {"rnn": rnn.CELL}
"""Every kind of cell, by its name."""
