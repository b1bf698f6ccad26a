"""What pages say in numbers and lists, held against the code that it is said of.

A sentence stands here with a value in it where no console block and no printed table has it: it
must stand on its page with the value of today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import golden_networks
import networks_in_c
import pytest
from conftest import ROOT, existing
from test_docs import PAGES

from rnncalc import bounds
from rnncalc.checking.expected import TOLERANCES
from rnncalc.cli.commands import COMMANDS
from rnncalc.cli.completion import SUFFIXES as SHELLS
from rnncalc.cli.example import KINDS as EXAMPLES
from rnncalc.cli.schema import KINDS as SCHEMAS
from rnncalc.config import keys
from rnncalc.containers import strict_json
from rnncalc.containers.torch import allowed, machine
from rnncalc.containers.torch import file as torch_file
from rnncalc.conventions import keras
from rnncalc.converting import scripts, stored_test
from rnncalc.converting.to_c import plan
from rnncalc.explaining import arithmetic
from rnncalc.many import blocks
from rnncalc.numbers import digits, values
from rnncalc.pictures import KINDS as PICTURES
from rnncalc.pictures import columns, page, unrolled
from rnncalc.pictures.figures import graph
from rnncalc.readers import KNOWN, folder
from rnncalc.readers.contents.part import KINDS as PARTS
from rnncalc.readers.of_keras.layers import MAKERS
from rnncalc.readers.of_torch import checkpoint, classes
from rnncalc.running import precision, together
from rnncalc.running.kernels import chunks
from rnncalc.trace import quantities
from rnncalc.writers import CHECKS, FORMATS
from rnncalc.writers.explanation import face, to_text
from rnncalc.writers.result import grid, to_xlsx

MIB = bounds.MIB
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
FLOAT32, FLOAT64 = (golden_networks.TOLERANCE[name] for name in ("float32", "float64"))
NAMES = [*allowed.TYPED, *(one for one in allowed.ALLOWED.values() if not isinstance(one, str))]
"""What a pickle may name, apart from types of numbers."""

NO_CLASSES = ("LastTimestep", "AvgPool1D", "MaxPool1D", "GlobalAvgPool1D", "GlobalMaxPool1D")
"""What reads Keras' files calls a slice, and Keras' second names of four classes."""


def short(number: float) -> str:
    """As people write it: 2e-6."""
    return f"{number:.0e}".replace("e-0", "e-")


def marked(names: Iterable[str], between: str = ", ") -> str:
    """Names as a page lists them."""
    return between.join(f"`{name}`" for name in names)


def tolerance(dtype: str) -> str:
    """How far numbers may be apart that agree."""
    one = TOLERANCES[dtype]
    return f"{short(one.rtol)} and {short(one.atol)}"


SAID = {
    "README.md": [
        f"within {short(FLOAT32)} in float32 and {short(FLOAT64)} in float64",
        f"over {len(golden_networks.FILES)} recorded networks",
    ],
    "docs/commands.md": [
        *(f"\n## rnncalc {name}\n" for name in COMMANDS),
        f"Beyond {precision.LARGE:,} hidden numbers",
        f"a table of more than {grid.ROWS} rows",
        f"a terminal gets {to_text.SCREEN} as text",
        f"Of more than {WORDS[arithmetic.PRODUCTS]} the {WORDS[arithmetic.LARGEST]} largest",
        f"significant digits ({digits.DEFAULT} unless told)",
        f"of at most {WORDS[quantities.NARROW]} numbers a timestep",
        f"`-f, --format {', '.join(CHECKS)}`",
        f"{tolerance('float32')} for float32, {tolerance('float64')} for float64, "
        f"{tolerance('float16')} for float16",
        f"`kind` ({marked(PARTS)})",
        f"More than {scripts.MOST} numbers stand in `NAME.py.npz`",
        f"`rnncalc example [{'|'.join(EXAMPLES)}]`",
        f"`rnncalc completion {'|'.join(SHELLS)}`",
        f"(`model`, the default), or of what commands print as [JSON](files.md#json-documents): "
        f"{marked(name for name in SCHEMAS if name != 'model')}.",
    ],
    "docs/files.md": [
        *(f"| `{name}` | {marked(one.suffixes, ' ')}" for name, one in FORMATS.items()),
        *(f"`{end}`" for end in {*KNOWN, *folder.SUFFIXES, folder.INDEX}),
        *values.SUFFIXES,
        *(f"`{key}" for key in {*keys.FUNCTIONS, *keys.OPTIONS, *keys.OF_PASSES, *keys.SAMPLING}),
        f"lines of up to {bounds.LONGEST_LINE // MIB} MiB",
        f"JSON and configs up to {bounds.LONGEST_TEXT // MIB} MiB",
    ],
    "docs/keras-files.md": [
        name for name in {*MAKERS, *keras.PASSED, *keras.JOINS} if name not in NO_CLASSES
    ],
    "docs/pytorch-files.md": [
        *(f"nn.{name}" for name in classes.COMPUTED),
        *(f"`{name}`" for name in checkpoint.PREFIXES),
    ],
    "docs/pictures.md": [
        *(f"\n## {kind}\n" for kind in PICTURES),
        f"Up to {WORDS[unrolled.MOST_STEPS]} steps are whole, of more the first and the last "
        f"{WORDS[unrolled.ENDS]}; up to {WORDS[unrolled.MOST_UNITS]} units",
        f"From {columns.MOST + 1:,} timesteps on",
        f"at most {graph.MOST} boxes",
        f"at most {page.MOST:,} numbers",
    ],
    "docs/sheets.md": [f"more than {to_xlsx.UNITS} units or {to_xlsx.STEPS:,} timesteps"],
    "docs/library.md": [
        f"of a long explanation the first {face.STEPS} timesteps",
        f"more than 10{'⁰¹²³⁴⁵⁶⁷⁸⁹'[len(str(bounds.MOST_HELD)) - 1]} numbers",
    ],
    "docs/microcontroller.md": [
        f"the {len(networks_in_c.EVERY_NETWORK)} networks of the tests",
        f"more than {plan.MOST // 10**6} million numbers",
    ],
    "docs/prove-a-port.md": [f"at most {stored_test.LONGEST:,} bytes"],
    "docs/audio-plugins.md": [
        f"at most {strict_json.LONGEST // MIB} MiB and {strict_json.MOST_VALUES:,} values"
    ],
    "docs/safe-files.md": [
        f"At most a million steps, {torch_file.MOST_VALUES:,} values, {torch_file.DEEPEST} levels",
        f"to at most {machine.LONGEST_ALONE // MIB} MiB",
        f"beyond {bounds.BOMB[1] // MIB} MiB",
    ],
    "docs/many-sequences.md": [
        f"up to {together.LONGEST} steps are computed side by side, {together.WIDTH} in a batch",
        f"where no layer has more than {together.NARROW} units",
        f"{blocks.SEQUENCES} sequences",
    ],
    "docs/how-it-is-fast.md": [
        f"Fewer than {chunks.LONG} steps (of {WORDS[chunks.MANY]} sequences or more: than "
        f"{chunks.LONG_OF_MANY})"
    ],
}
"""Page to what it says; numbers as the code has them."""


@pytest.mark.parametrize("page", SAID)
def test_a_page_says_what_is_so(page):
    """Every number and list stands there with the value that it has in the code."""
    text = (ROOT / page).read_text(encoding="utf-8")
    flowing = " ".join(text.split())
    for sentence in SAID[page]:
        assert sentence in (text if "\n" in sentence else flowing), sentence


def test_words_for_numbers():
    """What safe-files.md says in words: some forty names, a million steps, a hundred times."""
    assert round(len(NAMES), -1) == 40
    assert machine.STEPS == 10**6
    assert bounds.BOMB[0] == 100


def test_every_extra_is_one():
    """What pages tell to install is in pyproject.toml, and each extra is on a page."""
    _, _, there = (ROOT / "pyproject.toml").read_text().partition("[project.optional-dependencies]")
    extras = {*re.findall(r"^(\w+) = \[", there.partition("\n[")[0], re.MULTILINE)}
    pages = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    told = re.findall(r"'(?:rnncalc|\.)\[([\w,]+)\]'", pages)

    assert {name for one in told for name in one.split(",")} == extras


def test_the_guide_names_every_room_and_recorder():
    """CONTRIBUTING.md: where to look for a change, and what records what tests compare with."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = [path.parent.name for path in existing("rnncalc/*/__init__.py")]
    program = (ROOT / "tests" / "recorders" / "record.py").read_text(encoding="utf-8")
    _, _, behind = program.partition("FRAMEWORKS = (")
    recorders = re.findall(r'"(\w+)"', behind.partition(")")[0])

    assert len(recorders) > 20
    assert [room for room in rooms if f"`{room}/" not in guide] == []
    assert [name for name in recorders if not re.search(rf"[` \n]{name}[` \n]", guide)] == []


def test_a_billion_sequences_are_computed_from_what_was_measured():
    """scale.md: hours and minutes are sequences through the rates of the table, and cores."""
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    rates = re.findall(r"^\| (?:16|64|256) \| ([\d,]+) \|", text, re.MULTILINE)
    rows = re.findall(r"^\| (1[0,]*) \| (\d.*?) \|$", text, re.MULTILINE)
    seconds = {"seconds": 1, "minutes": 60, "hours": 3600}

    assert (len(rates), len(rows)) == (3, 4)
    for cores, cells in rows:
        for rate, cell in zip(rates, cells.split(" | "), strict=True):
            shown, unit = cell.split()
            spent = 1e9 / whole(rate) / whole(cores) / seconds[unit]
            assert shown == f"{spent:.{len(shown.partition('.')[2])}f}", cell


def test_what_a_billion_sequences_read_and_write_follows_from_what_was_measured():
    """scale.md: as many MB a second as a row of the table has sequences of 100 float32 steps, in
    and out."""
    text = " ".join((ROOT / "docs" / "scale.md").read_text(encoding="utf-8").split())
    rows = re.findall(r"\| (16|64|256) \| ([\d,]+) \|", text)
    a, b, c = (whole(rate) * 100 * 4 * int(units) / 1e6 for units, rate in rows)

    assert f"goes through {a:.0f}, {b:.0f} or {c:.0f} MB a second, and writes as many" in text
    assert f"some {round(c, -1):.0f} to {round(a, -1):.0f} GB/s in and as much out" in text
    assert f"D ÷ {2 * a:.0f}, D ÷ {2 * b:.0f} or D ÷ {2 * c:.0f} cores" in text


def whole(text: str) -> int:
    """A number with commas."""
    return int(text.replace(",", ""))
