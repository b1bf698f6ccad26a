"""Small networks with numbers as people type them, and what somebody did wrong with each.

Drawn from a seed: cells of 1 to 4 units, weights with few digits or many, expected numbers with few
or all of theirs. ``right`` is the id of the mistake; nothing where no cause may be named: noise,
other weights, numbers that were scaled, a state that leaks. Mistakes are made here, in the weights
and in the run, never by the hypotheses that look for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import rnncalc
from rnncalc import Layer, Model

Array = np.ndarray
GATES = {"rnn": ("",), "gru": (".z", ".r", ".n"), "lstm": (".i", ".f", ".g", ".o")}
ORDERS = {"gru": ("rzn", "zrn"), "lstm": ("ifgo", "iofg", "igfo", "ifog")}
"""Orders of gates that frameworks have; others are drawn, too."""

DIGITS = (None, None, 6, 5, 4, 4, 3, 2)
"""How many decimals expected numbers have; None: float32's own."""


ARRAYS, CUT = 3, 5
"""One network in so many has its numbers as an array, not as text; one in so many has them cut."""


@dataclass
class Network:
    """One layer and its input, to be changed freely."""

    cell: str
    weights: dict[str, Array]
    x: Array
    options: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> Network:
        """Another one with the same numbers."""
        return replace(self, weights=dict(self.weights), options=dict(self.options))

    @property
    def units(self) -> int:
        """Of its cell."""
        return len(next(iter(self.weights.values())))

    @property
    def model(self) -> Model:
        """As rnncalc takes it."""
        return Model(Layer(self.weights, cell=self.cell, **self.options), x=self.x, **self.more)

    @property
    def h(self) -> Array:
        """What comes out, (timesteps, units)."""
        return np.array(rnncalc.run(self.model).h)


@dataclass
class Drawn:
    """What somebody gives to ``check``.

    Attributes:
        ours: the network that is given.
        expected: the numbers that it should have.
        right: the id of what is wrong; nothing where nothing may be named.
        what: the same in words.
        theirs: the network that the numbers are of, where they are of one.
        decimals: how many the expected numbers have, where they come as text.
    """

    ours: Network
    expected: Array
    right: str
    what: str
    theirs: Network | None = None
    decimals: int | None = None


Rng = np.random.Generator
Mistake = Callable[[Rng, Network, Network], "Array | None"]
"""Changes ours, theirs or both; may give the expected numbers, where no network has them."""


def network(rng: Rng, cell: str | None = None) -> Network:
    """A network of a size and with digits that people type."""
    cell = cell or str(rng.choice(["rnn", "rnn", "gru", "lstm"]))
    units, features = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    decimals = rng.choice([1, 2, 2, 3, 8])

    def numbers(*shape: int) -> Array:
        drawn = np.round(rng.uniform(-1, 1, shape), decimals)
        return np.where(drawn == 0, 10.0**-decimals, drawn)

    weights = {f"W_x{gate}": numbers(units, features) for gate in GATES[cell]}
    weights |= {f"W_h{gate}": numbers(units, units) for gate in GATES[cell]}
    for bias in ("bias", "bias_h"):
        if rng.random() < (0.7 if bias == "bias" else 0.3):
            weights |= {f"{bias}{gate}": numbers(units) for gate in GATES[cell]}
    steps = int(rng.integers(2, 9))
    x = np.round(rng.uniform(-2, 2, (steps, features)), 1)
    options = {"reset_after": bool(rng.random() < 0.6)} if cell == "gru" else {}
    if not options.get("reset_after", True):
        weights = {name: w for name, w in weights.items() if not name.startswith("bias_h")}
    return Network(cell, weights, x, options)


def every(names: str, change: Callable[[Array], Array]) -> Mistake:
    """All arrays of some names become others."""

    def mistake(rng: Rng, ours: Network, theirs: Network) -> None:
        for name in ours.weights:
            if name.split(".")[0] in names.split():
                ours.weights[name] = change(ours.weights[name])

    return mistake


def without(*names: str) -> Mistake:
    """Ours, or theirs, lacks some arrays."""

    def mistake(rng: Rng, ours: Network, theirs: Network) -> None:
        side = ours if rng.random() < 0.5 else theirs
        for name in [name for name in side.weights if name.split(".")[0] in names]:
            del side.weights[name]

    return mistake


def order(rng: Rng, ours: Network, theirs: Network) -> None:
    """The gates come in another order: mostly one that a framework has."""
    known = ORDERS[ours.cell]
    one = known[0]
    letters = [*one]
    rng.shuffle(letters)
    other = str(rng.choice(known[1:])) if rng.random() < 0.7 else "".join(letters)
    for name in theirs.weights:
        prefix, gate = name.split(".")
        ours.weights[name] = theirs.weights[f"{prefix}.{other[one.index(gate)]}"]


def forget(rng: Rng, ours: Network, theirs: Network) -> None:
    """1 is added to the forget gate's bias once more."""
    ours.weights["bias.f"] = ours.weights["bias.f"] + 1


def negated(rng: Rng, ours: Network, theirs: Network) -> None:
    """z is 1 - z."""
    for name in ours.weights:
        if name.endswith(".z"):
            ours.weights[name] = -ours.weights[name]


def options(**choices: tuple[Any, ...]) -> Mistake:
    """An option of ours is another."""

    def mistake(rng: Rng, ours: Network, theirs: Network) -> None:
        for name, values in choices.items():
            ours.options[name] = values[int(rng.integers(len(values)))]

    return mistake


def reset(rng: Rng, ours: Network, theirs: Network) -> None:
    """The reset gate stands on the other side of the product."""
    ours.options["reset_after"] = not theirs.options["reset_after"]


def initial(rng: Rng, ours: Network, theirs: Network) -> None:
    """A state that one side starts from."""
    side = ours if rng.random() < 0.5 else theirs
    side.options["h0"] = np.round(rng.uniform(-1, 1, ours.units), 1)


def twice(rng: Rng, ours: Network, theirs: Network) -> None:
    """The second call, with the state kept."""
    final = rnncalc.run(theirs.model).layers[0].forward.final
    theirs.options |= {f"{state}0": array for state, array in final.items()}


def anew(rng: Rng, ours: Network, theirs: Network) -> Array:
    """Every step starts from nothing."""
    rows = [replace(theirs, x=row[None]).h for row in theirs.x]
    return np.concatenate(rows)


def backward(rng: Rng, ours: Network, theirs: Network) -> None:
    """The other way in time."""
    theirs.options["direction"] = "backward"


def turned(rng: Rng, ours: Network, theirs: Network) -> Array:
    """The outputs come from the last to the first."""
    return theirs.h[::-1]


def late(rng: Rng, ours: Network, theirs: Network) -> Array:
    """The initial state stands in front, the last one is cut away."""
    return np.concatenate([np.zeros((1, theirs.units)), theirs.h[:-1]])


def place(rng: Rng, array: Array) -> tuple[int, ...]:
    """Of one of its numbers."""
    return tuple(int(rng.integers(size)) for size in array.shape)


def slipped(rng: Rng, number: float) -> float:
    """A number as somebody mistypes it: a lost minus, another digit, two of them exchanged."""
    text = f"{number:.4f}"
    kind = rng.integers(4)
    if kind == 0:
        return -number
    digits = [i for i, letter in enumerate(text) if letter.isdigit()]
    letters = [*text]
    if kind == 1 and letters[digits[1]] != letters[digits[2]]:
        letters[digits[1]], letters[digits[2]] = letters[digits[2]], letters[digits[1]]
    elif kind == 2:
        at = digits[int(rng.integers(1, 3))]
        letters[at] = str((int(letters[at]) + int(rng.integers(1, 10))) % 10)
    else:
        return float(np.round(number + rng.choice([-0.1, 0.1, 0.02, -0.01]), 4))
    return float("".join(letters))


def one_weight(rng: Rng, ours: Network, theirs: Network) -> None:
    """One weight of ours is another."""
    name = str(rng.choice([*ours.weights]))
    array = ours.weights[name].copy()
    at = place(rng, array)
    array[at] = slipped(rng, float(array[at]))
    ours.weights[name] = array


def two_weights(rng: Rng, ours: Network, theirs: Network) -> None:
    """Two of them."""
    one_weight(rng, ours, theirs)
    one_weight(rng, ours, theirs)


def rounded(rng: Rng, ours: Network, theirs: Network) -> None:
    """Our weights have fewer digits."""
    decimals = int(rng.choice([2, 3, 4]))
    for name, array in theirs.weights.items():
        theirs.weights[name] = array + rng.uniform(-0.5, 0.5, array.shape) * 10.0**-decimals
        ours.weights[name] = np.round(theirs.weights[name], decimals)


def one_number(rng: Rng, ours: Network, theirs: Network) -> Array:
    """One of the expected numbers is mistyped."""
    h = theirs.h
    at = place(rng, h)
    h[at] = slipped(rng, float(h[at]))
    return h


def some_numbers(rng: Rng, ours: Network, theirs: Network) -> Array:
    """A row of the expected numbers, or some of them, are others."""
    h = theirs.h
    count = min(h.size, int(rng.integers(2, 4)))
    for index in rng.choice(h.size, count, replace=False):
        h.flat[index] = slipped(rng, float(h.flat[index]))
    return h


def noise(rng: Rng, ours: Network, theirs: Network) -> Array:
    """Every number is off by accident."""
    h = theirs.h
    size = 10.0 ** rng.uniform(-4, -1)
    if rng.random() < 0.5:
        return h + size * rng.standard_normal(h.shape)
    return h * (1 + size * rng.standard_normal(h.shape))


def scaled(rng: Rng, ours: Network, theirs: Network) -> Array:
    """All numbers are off by a share: 10 %, 7 %, one in a thousand; of one unit, a weight is."""
    if theirs.units == 1:
        raise KeyError
    return theirs.h * (1 + rng.choice([0.1, -0.1, 0.07, 0.01, 0.001, -0.03]))


def small_scaled(rng: Rng, ours: Network, theirs: Network) -> Array:
    """The same of small numbers."""
    for side in (ours, theirs):
        side.x = side.x * 0.05
        side.weights = {n: w for n, w in side.weights.items() if not n.startswith("bias")}
    return scaled(rng, ours, theirs)


def unrelated(rng: Rng, ours: Network, theirs: Network) -> None:
    """Other weights."""
    theirs.weights = {n: np.round(rng.uniform(-1, 1, w.shape), 2) for n, w in ours.weights.items()}


def drawn_numbers(rng: Rng, ours: Network, theirs: Network) -> Array:
    """Numbers out of nothing."""
    return rng.uniform(-1, 1, (len(theirs.x), theirs.units))


def one_input(rng: Rng, ours: Network, theirs: Network) -> None:
    """One number of the input is another."""
    theirs.x = theirs.x.copy()
    at = place(rng, theirs.x)
    theirs.x[at] = slipped(rng, float(theirs.x[at]))


def input_scaled(rng: Rng, ours: Network, theirs: Network) -> None:
    """The input was normalised on one side only."""
    theirs.x = theirs.x * float(rng.choice([0.5, 0.1, 1.1])) + float(rng.choice([0, 0.1]))


def leaking(rng: Rng, ours: Network, theirs: Network) -> Array:
    """A state that fades a little between steps, as nobody has it; of one unit, W_h does."""
    if theirs.units == 1:
        raise KeyError
    keep, rows, state = float(rng.choice([0.9, 0.99, 0.5])), [], {}
    for row in theirs.x:
        one = theirs.copy()
        one.options |= {f"{name}0": keep * array for name, array in state.items()}
        one.x = row[None]
        ran = rnncalc.run(one.model)
        state = ran.layers[0].forward.final
        rows.append(ran.h[0])
    return np.array(rows)


def in_half(rng: Rng, ours: Network, theirs: Network) -> Array:
    """Computed in float16."""
    return np.float64(rnncalc.run(theirs.model, dtype="float16").h)


HARD = ("hard_sigmoid", "hard_sigmoid_old")
TURN = "recurrent-kernel-transposed"
KINDS: dict[str, tuple[str, str, Mistake]] = {
    "gates": ("gate-order", "gru lstm", order),
    "W_h turned": (TURN, "rnn gru lstm", every("W_h", np.transpose)),
    "W_x turned": ("kernel-transposed", "rnn gru lstm", every("W_x", np.transpose)),
    "no bias": ("bias-missing", "rnn gru lstm", without("bias", "bias_h")),
    "no bias_h": ("recurrent-bias-missing", "rnn gru lstm", without("bias_h")),
    "bias twice": ("bias-doubled", "rnn gru lstm", every("bias bias_h", lambda b: 2 * b)),
    "forget bias": ("forget-bias", "lstm", forget),
    "reset": ("reset-variant", "gru", reset),
    "z": ("update-gate-inverted", "gru", negated),
    "activation": ("activation", "rnn gru lstm", options(activation=("relu", "sigmoid", "linear"))),
    "hard": ("hard-sigmoid-variant", "gru lstm", options(recurrent_activation=HARD)),
    "h0": ("initial-state", "rnn gru lstm", initial),
    "twice": ("stateful", "rnn gru lstm", twice),
    "anew": ("state-not-carried", "rnn gru lstm", anew),
    "backward": ("time-reversed", "rnn gru lstm", backward),
    "turned": ("time-reversed", "rnn gru lstm", turned),
    "late": ("wrong-sequence", "rnn gru lstm", late),
    "one weight": ("weight-value", "rnn gru lstm", one_weight),
    "rounded": ("precision", "rnn gru lstm", rounded),
    "one number": ("typo", "rnn gru lstm", one_number),
    "float16": ("precision", "rnn gru lstm", in_half),
    "two weights": ("", "rnn gru lstm", two_weights),
    "some numbers": ("", "rnn gru lstm", some_numbers),
    "noise": ("", "rnn gru lstm", noise),
    "scaled": ("", "rnn gru lstm", scaled),
    "small": ("", "rnn gru lstm", small_scaled),
    "unrelated": ("", "rnn gru lstm", unrelated),
    "numbers": ("", "rnn gru lstm", drawn_numbers),
    "one input": ("", "rnn gru lstm", one_input),
    "input": ("", "rnn gru lstm", input_scaled),
    "leaking": ("", "rnn gru lstm", leaking),
}
"""What is wrong: its id, the cells that may have it, how it is made."""

OFTEN = ("one weight", "one number", "noise", "scaled", "small", "unrelated", "rounded")
"""Drawn more often than the others: what people's numbers have, and no mistake of a network."""


def _printed(numbers: Array, decimals: int | None, *, cut: bool) -> Array:
    """Numbers as they stand on a screen: all digits of float32, or rounded, or cut."""
    if decimals is None:
        return np.float32(numbers)
    scale = 10.0**decimals
    return np.trunc(numbers * scale) / scale if cut else np.round(numbers, decimals)


def drawn(seed: int, *, exact: bool = False) -> Drawn | None:
    """A network with something wrong; None where the mistake does not show in this one.

    Args:
        exact: whether the expected numbers have all of their digits.
    """
    rng = np.random.default_rng([20_260_301, seed])
    what = str(rng.choice([*KINDS, *OFTEN]))
    right, cells, mistake = KINDS[what]
    ours = network(rng, str(rng.choice(cells.split())))
    theirs = ours.copy()
    try:
        given = mistake(rng, ours, theirs)
        expected = theirs.h if given is None else given
        computed = ours.h
    except (KeyError, rnncalc.RnncalcError):
        return None
    decimals = DIGITS[int(rng.integers(len(DIGITS)))] if what != "float16" else None
    if not exact:
        expected = _printed(expected, decimals, cut=seed % CUT == 1)
    far = np.abs(np.float64(expected) - computed).max()
    if far < (1e-5 if decimals is None else 2 * 10.0**-decimals):
        return None
    typed = decimals if seed % ARRAYS and not exact else None
    return Drawn(ours, expected, right, what, None if given is not None else theirs, typed)
