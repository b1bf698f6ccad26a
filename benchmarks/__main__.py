"""Measure, print, and write docs/benchmarks.md: ``python -m benchmarks [--quick] [ROW ...]``."""

from __future__ import annotations

import argparse
import sys

from benchmarks import page, results
from benchmarks.contest import Contestants
from benchmarks.rows import ROWS, chosen, measured


def main() -> None:
    """All rows, or those that are named: of the others the page shows what was kept of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)}; K, X are several"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a part of it in fewer rounds, printed and not kept"
    )
    asked = parser.parse_args()
    try:
        rows = chosen(asked.rows, quick=asked.quick)
    except ValueError as error:
        parser.error(str(error))
    known = {} if asked.quick else results.kept()
    with Contestants() as contestants:
        for row in rows:
            known[row] = measured(row, contestants, quick=asked.quick)
            if not asked.quick:
                results.keep(known)
    text = page.written(known)
    print(text)
    if not asked.quick:
        _wrote(text, [row for row in ROWS if row not in known])


def _wrote(text: str, missing: list[str]) -> None:
    if missing:
        print(f"The page waits for results of {', '.join(missing)}.", file=sys.stderr)
    else:
        page.PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
