"""One JSON object a line for every number: its place, its values, their distances."""

from rnncalc.writers.side_by_side.to_json import write_lines as write

__all__ = ["write"]
