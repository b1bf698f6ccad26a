"""The equations, one file per cell: each is written here once, and nowhere else."""

from rnncalc.equations import gru, lstm, rnn
from rnncalc.equations.cell import Cell as Cell

CELLS: dict[str, Cell] = {"rnn": rnn.CELL, "gru": gru.CELL, "lstm": lstm.CELL}
"""Every kind of cell, by its name."""

CELL_OF = {cell.blocks: name for name, cell in CELLS.items()}
"""How many blocks a stacked matrix has, and the cell that has as many gates."""
