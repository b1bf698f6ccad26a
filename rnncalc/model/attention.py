"""Attention: every timestep of a query looks at all those of a value, and takes of each a share.

Scores, weights (their softmax, the shares) and context (the sum of the shares) are quantities of
their own. A query without timesteps is one row; so is its context then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import attention as equations
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import IDENTITY, NOTHING
from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model.checks import check_name, one_of, settle, truth
from rnncalc.model.shapes import Sizes, fitted
from rnncalc.model.stateless import Shape, Stateless, shape_of, units_first
from rnncalc.numbers.digits import counted

DOT: Callable[..., Any] = equations.dot
GENERAL: Callable[..., Any] = equations.general
ADDITIVE: Callable[..., Any] = equations.additive
ATTEND: Callable[..., Any] = equations.attend
PROJECT: Callable[..., Any] = equations.project
COMBINE: Callable[..., Any] = equations.combine

Axes = Mapping[str, tuple[str, ...]]

AXES: Mapping[str, Axes] = {
    "dot": {},
    "general": {"W_a": ("query", "key")},
    "additive": {
        "W_q": ("hidden", "query"),
        "W_k": ("hidden", "key"),
        "b": ("hidden",),
        "v": ("hidden",),
    },
}
"""The kinds of scores, their arrays and the axes of these."""

MULTIHEAD: Axes = {
    "W_q": ("heads", "hidden", "query"),
    "b_q": ("heads", "hidden"),
    "W_k": ("heads", "hidden", "key"),
    "b_k": ("heads", "hidden"),
    "W_v": ("heads", "shares", "value"),
    "b_v": ("heads", "shares"),
    "W_o": ("heads", "outputs", "shares"),
    "b_o": ("outputs",),
}
"""The arrays of several heads, and their axes."""

MASKED = 1e9
"""So much less is the score of a masked timestep, as in Keras: a softmax gives it nothing."""

LOWEST = {name: -0.7 * float(np.finfo(name).max) for name in ("float16", "float32", "float64")}
"""What stands for the score of what several heads do not see."""

TANH = activation("tanh")

QUANTITIES = ("scores", "weights", "context")

PER_HEAD = [name for name, axes in MULTIHEAD.items() if axes[0] == "heads" and name != "W_o"]

AT_ONCE = 4_000_000
"""So many numbers of tanh(...) are computed at once; all would be queries * keys * hidden."""


class Attending(Stateless):
    """What all kinds of attention share: they read a query, a value, and perhaps a key.

    Of the value, masked timesteps are left out, and with ``causal`` those behind the query's own.
    """

    causal: bool
    scale: float | None

    @property
    def word(self) -> str:
        """All kinds have one name."""
        return "attention"

    def _check_fields(self) -> None:
        """Errors: RnncalcError for a scale, a name or a ``causal`` that is none."""
        check_name(self.name)
        truth("causal", self.causal)
        if self.scale is not None and not math.isfinite(self.scale):
            raise RnncalcError(f"scale is {self.scale}, expected a number", about=("scale",))

    @property
    def _axes(self) -> Axes:
        """Its arrays and their axes."""
        raise NotImplementedError

    def _fit(self) -> None:
        """Bring the arrays into shape; one number for ``v`` is that of all."""
        sizes: Sizes = {}
        for name, axes in self._axes.items():
            given = getattr(self, name)
            if name == "v" and given is not None and np.ndim(given) == 0:
                given = np.full(sizes.get("hidden", (1, ""))[0], given)
            if given is not None:
                settle(self, **{name: fitted(name, given, sizes, axes)})

    @property
    def operands(self) -> dict[str, Array]:
        """Its arrays, those that there are, and the factor of its scores."""
        given = {name: getattr(self, name) for name in self._axes}
        arrays = {name: array for name, array in given.items() if array is not None}
        return arrays | ({} if self.scale is None else {"scale": np.array([float(self.scale)])})

    def shape(self, read: Sequence[Shape]) -> Shape:
        """As many timesteps as the query has; one row, where that is one."""
        if len(read) not in (2, 3):
            message = f"reads a query, a value and perhaps a key, not {counted(len(read), 'input')}"
            raise ShapeError(f"{self.name} {message}")
        named = dict(zip(("query", "value", "key"), (*read, read[1]), strict=False))
        if self.causal and not read[0].series:
            raise ShapeError(f"{self.name} is causal: its query needs timesteps, not one row")
        for what in ("value", "key"):
            if not named[what].series:
                raise ShapeError(f"{self.name} attends to timesteps: its {what} is one row")
        if len({one.timesteps for one in (named["value"], named["key"])} - {None}) > 1:
            counts = f"{named['value'].timesteps} values and {named['key'].timesteps} keys"
            raise ShapeError(f"{self.name} reads {counts}: one key for each value")
        widths = {what: one.width for what, one in named.items()}
        self._check_widths(widths)
        return named["query"]._replace(width=self._width(widths["value"]))

    def makes(self, read: Sequence[Shape]) -> int:
        """Scores and weights of every query and key."""
        heads = len(self.quantities) // len(QUANTITIES)
        return 2 * heads * (read[0].timesteps or 1) * (read[1].timesteps or 1)

    def _check_widths(self, widths: Mapping[str, int | None]) -> None:
        """Errors: ShapeError where an array takes another width."""
        for name, axes in self._axes.items():
            array, what = getattr(self, name), axes[-1]
            if array is None or widths.get(what) in (None, array.shape[-1]):
                continue
            message = f"takes {array.shape[-1]} numbers, its {what} has {widths[what]}"
            raise ShapeError(f"{self.name}: {name} {message}", about=(name,))

    def _width(self, value: int | None) -> int | None:
        """How wide what it gives is."""
        return value

    def _columns(self, read: Sequence[Array]) -> list[Array]:
        """Query, value and key with a column each timestep: (batch, width, timesteps)."""
        self.shape([shape_of(h) for h in read])
        series = [h if h.ndim == 3 else h[None] for h in read]
        columns = [np.ascontiguousarray(h.transpose(2, 1, 0)) for h in series]
        return [*columns, columns[1]][:3]

    def _seen(self, read: Sequence[Array], masks: Sequence[Array | None]) -> Array | None:
        """Which keys each query sees, (batch or 1, keys, queries or 1); None for all."""
        found: Array | None = None
        for mask in masks:
            if mask is not None:
                found = mask.T[:, :, None] if found is None else found & mask.T[:, :, None]
        if self.causal:
            causal = np.tri(len(read[0]), len(read[1]), dtype=bool).T[None]
            found = causal if found is None else found & causal
        return found

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """The query's."""
        return real[0]


@dataclass(frozen=True, eq=False)
class Attention(Attending):
    """Shares of a value by the scores of its keys: context_t = V softmax(scores_t).

    The score of a query q and a key k is with ``dot`` scale * k^T q (Keras' Attention), with
    ``general`` scale * q^T W_a k (Luong et al. 2015), with ``additive`` v^T tanh(scale * (W_q q +
    W_k k + b)) (Bahdanau et al. 2015; Keras' AdditiveAttention has no W_q, W_k and b). The score of
    what is masked is less by 1e9, and the context of a masked query is 0. Masks of keys are no
    matter, and the query's is handed on: all as in Keras.

    Args:
        kind: ``dot``, ``general`` or ``additive``.
        scale: a factor; None for 1.
        W_a: (query, key).
        W_q, W_k: (hidden, query), (hidden, key); None where they change nothing.
        b: (hidden); None for 0.
        v: (hidden), or one number for all; None for 1.
        causal: whether a timestep sees only those up to its own.
    """

    kind: str = "dot"
    scale: float | None = None
    W_a: Any = None
    W_q: Any = None
    W_k: Any = None
    b: Any = None
    v: Any = None
    causal: bool = False
    name: str = "attention"

    def __post_init__(self) -> None:
        self._check_fields()
        one_of("attention", self.kind, AXES)
        for name in ("W_a", *AXES["additive"]):
            if name not in self._axes and getattr(self, name) is not None:
                raise RnncalcError(f"attention {self.kind} has no {name}", about=(name,))
        if self.kind == "general" and self.W_a is None:
            raise RnncalcError("attention general needs W_a (query, key)", about=("attention",))
        self._fit()

    @property
    def quantities(self) -> tuple[str, ...]:
        """Those of ``attend``."""
        return QUANTITIES

    @property
    def _axes(self) -> Axes:
        return AXES[self.kind]

    def _check_widths(self, widths: Mapping[str, int | None]) -> None:
        super()._check_widths(widths)
        if self.kind == "general" and widths["query"] not in (None, len(self.W_a)):
            message = f"W_a takes {len(self.W_a)} numbers, its query has {widths['query']}"
            raise ShapeError(f"{self.name}: {message}", about=("W_a",))
        if self.kind == "general":
            return
        query, key = (
            widths[what] if weights is None else len(weights)
            for what, weights in (("query", self.W_q), ("key", self.W_k))
        )
        hidden = [len(one) for one in (self.b, self.v) if one is not None and len(one) > 1]
        if len({query, key, *hidden} - {None}) > 1:
            message = f"compares {query} numbers of its query with {key} of its key"
            raise ShapeError(f"{self.name} {message}{f' and {hidden[0]}' if hidden else ''}")

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """Scores, weights and context."""
        q, values, k = self._columns(read)
        softmax = _softmax(self._seen(read, real[1:2]), self.unseen)
        found = ATTEND(self._scores(q, k, operands), values, softmax=softmax)
        given = {name: rows(array, read[0]) for name, array in found.items()}
        if real[0] is not None:
            given["context"] = np.where(real[0][:, None], given["context"], 0)
        return given

    def unseen(self, scores: Array) -> Array:
        """What stands for the scores of what is not seen."""
        return np.asarray(scores - (65504.0 if scores.dtype == np.float16 else MASKED))

    def score(self, q: Any, k: Any, operands: Mapping[str, Any]) -> Any:
        """The score of a query and a key: of arrays as of symbols."""
        of = {"scale": IDENTITY, **operands}
        if self.kind != "additive":
            return (DOT if self.kind == "dot" else GENERAL)(q, k, **of)
        return ADDITIVE(
            q, k, **{"W_q": IDENTITY, "W_k": IDENTITY, "b": NOTHING, "tanh": TANH, **of}
        )

    def _scores(self, q: Array, k: Array, operands: Mapping[str, Array]) -> Array:
        """(batch, keys, queries)."""
        if self.kind != "additive":
            return np.asarray(self.score(q, k, operands))
        of = dict(operands)
        hidden = len(self.W_k) if self.W_k is not None else k.shape[1]
        of["v"] = np.broadcast_to(operands.get("v", np.ones((1, 1), k.dtype)), (hidden, 1))
        queries, keys = q.swapaxes(1, 2)[..., None], k[:, None]  # a matrix for each query
        many = max(AT_ONCE // (len(k) * hidden * k.shape[2]), 1)
        parts = [queries[:, i : i + many] for i in range(0, q.shape[2], many)]
        scores = np.concatenate([self.score(part, keys, of) for part in parts], axis=1)
        return scores[:, :, 0].swapaxes(1, 2)

    def __str__(self) -> str:
        return f"{self.kind} attention"


@dataclass(frozen=True, eq=False)
class MultiHeadAttention(Attending):
    """Several heads, each an attention of its own, and their contexts put together.

    y_t = sum_i W_o[i] context_t.i + b_o, of heads i with queries W_q[i] q + b_q[i], keys W_k[i] k +
    b_k[i], values W_v[i] v + b_v[i], and scores scale * key^T query (Vaswani et al. 2017). A
    timestep is seen where neither its value nor its key is masked; a masked query sees all alike.
    The query's mask is handed on: all as in Keras. ``scores.0``, ``weights.0`` and ``context.0``
    are those of the first head.

    Args:
        W_q, W_k: (heads, hidden, query), (heads, hidden, key).
        W_v: (heads, shares, value).
        W_o: (heads, outputs, shares).
        b_q, b_k, b_v: (heads, hidden), (heads, hidden), (heads, shares); None for 0.
        b_o: (outputs); None for 0.
        scale: a factor; None for 1 / sqrt(hidden).
        causal: whether a timestep sees only those up to its own.
    """

    W_q: Any
    W_k: Any
    W_v: Any
    W_o: Any
    b_q: Any = None
    b_k: Any = None
    b_v: Any = None
    b_o: Any = None
    scale: float | None = None
    causal: bool = False
    name: str = "attention"

    def __post_init__(self) -> None:
        self._check_fields()
        self._fit()
        if self.scale is None:
            settle(self, scale=1 / math.sqrt(self.W_q.shape[1]))

    @property
    def _axes(self) -> Axes:
        return MULTIHEAD

    @property
    def quantities(self) -> tuple[str, ...]:
        """Those of each head, and y."""
        return (*(f"{name}.{i}" for i in range(self.heads) for name in QUANTITIES), "y")

    @property
    def heads(self) -> int:
        """How many heads there are."""
        return len(self.W_q)

    def gives(self, width: int | None) -> int:
        """The outputs of W_o."""
        return int(self.W_o.shape[1])

    def _width(self, value: int | None) -> int:
        return self.gives(value)

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """Scores, weights and context of each head, and y."""
        q, values, k = self._columns(read)
        seen = self._seen(read, real[1:])
        if real[0] is not None:
            mask = real[0].T[:, None]
            seen = mask if seen is None else seen & mask
        softmax = _softmax(seen, self.unseen)
        given: dict[str, Array] = {}
        contexts = []
        for i in range(self.heads):
            head = {
                n: a[i] if a.ndim == 3 else a[i][:, None]
                for n, a in operands.items()
                if n in PER_HEAD
            }
            found = self.head(q, values, k, head, operands["scale"], softmax)
            contexts.append(found["context"])
            given |= {f"{name}.{i}": rows(array, read[0]) for name, array in found.items()}
        y = COMBINE(contexts, W_o=operands["W_o"], b_o=operands.get("b_o", NOTHING))
        return given | {"y": rows(y, read[0])}

    def unseen(self, scores: Array) -> Array:
        """What stands for the scores of what is not seen."""
        if scores.dtype == object:  # of so many digits
            return np.asarray(0 * scores - MASKED)
        return np.full_like(scores, LOWEST[scores.dtype.name])

    def head(
        self, q: Any, values: Any, k: Any, operands: Mapping[str, Any], scale: Any, softmax: Any
    ) -> dict[str, Any]:
        """Scores, weights and context of one head: of arrays as of symbols."""
        q, k, values = (
            PROJECT(x, W=operands[f"W_{letter}"], b=operands.get(f"b_{letter}", NOTHING))
            for letter, x in (("q", q), ("k", k), ("v", values))
        )
        found: dict[str, Any] = ATTEND(DOT(q, k, scale=scale), values, softmax=softmax)
        return found

    def __str__(self) -> str:
        return f"attention of {self.heads} heads: {self.gives(None)}"


def _softmax(seen: Array | None, unseen: Callable[[Array], Any]) -> Callable[..., Any]:
    """The softmax over keys, of scores that are others where they are not seen."""
    softmax: Callable[..., Any] = units_first(activation("softmax"))
    if seen is None:
        return softmax
    return lambda scores: softmax(np.where(seen, scores, unseen(scores)))


def rows(columns: Array, query: Array) -> Array:
    """(batch, width, timesteps) as (timesteps, width, batch); (width, batch) of one row."""
    found = columns.transpose(2, 1, 0)
    return found if query.ndim == 3 else found[0]
