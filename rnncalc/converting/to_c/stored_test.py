"""A stored test in C: its arrays, and a function that gives the largest difference to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.to_c.file import OTHERWISE, prefix_of
from rnncalc.converting.to_c.language import Language
from rnncalc.converting.to_c.network import A_LINE
from rnncalc.errors import RnncalcError
from rnncalc.readers.stored_test import StoredTest

STEPS = (
    "in C a test is written for networks that go step by step, with one input of numbers and one "
    "result for each step"
)


def with_test(content: bytes, test: StoredTest, stem: str) -> bytes:
    """The header with the test behind the network.

    Errors: RnncalcError where a layer has taken its name.
    """
    p, header = prefix_of(stem), content.decode()
    if re.search(rf"\b{p}_test(_x|_y)?\b", header):
        raise RnncalcError(f"--with-test: a layer is called test, and {p}_test is the test's name")
    language = Language(p, test.expected.dtype.name)
    real = language.real
    batch = test.x if test.x.ndim == 3 else test.x[None]
    sequences, timesteps = batch.shape[:2]
    last = test.expected.size == sequences * test.expected.shape[-1] and timesteps > 1
    stepwise = last or test.expected.size == sequences * timesteps * test.expected.shape[-1]
    called = f"{p}_step({p}_state *state, const {real} *x, {real} *y)"
    if called not in header or not stepwise:
        other = "gives results of other steps than it reads" if called in header else ""
        what = f"{STEPS}; this one {other or _has(p, header)}"
        raise RnncalcError(f"--with-test: {what}. Without --with-test it is written")
    text = TEMPLATE.format(
        p=p, upper=p.upper(), real=real, sequences=sequences, timesteps=timesteps,
        x=_array(batch, language), y=_array(test.expected, language), at="s" if last else
        f"(s * {timesteps} + t)", skip=f"\n            if (t < {timesteps - 1}) continue;" if last
        else "", zero=language.number(0.0),
    )  # fmt: skip
    network, otherwise, guard = header.rpartition(OTHERWISE)
    return f"{network}{text}\n{otherwise}{guard}".encode()


def _has(p: str, header: str) -> str:
    """What a network without such a step has in its place."""
    found = re.findall(rf"\b{p}_(?:step|run)\([^)]*\)(?= {{)", header)
    return f"has {' '.join(found[-1].split())}"


def _array(array: Array, language: Language) -> str:
    """Size and numbers of an array."""
    body = ",\n".join(f"    {line}" for line in _lines(array, language))
    return f"[{array.size}] = {{\n{body}\n}};"


def _lines(array: Array, language: Language) -> Iterator[str]:
    texts = [language.number(value) for value in np.ravel(array)]
    for start in range(0, len(texts), A_LINE):
        yield ", ".join(texts[start : start + A_LINE])


TEMPLATE = """\
static const {real} {p}_test_x{x}

static const {real} {p}_test_y{y}

/* The largest difference to what the network gave of the input above when this was written. */
static inline {real} {p}_test(void) {{
    {p}_state state;
    {real} y[{upper}_Y], worst = {zero};
    for (int s = 0; s < {sequences}; s++) {{
        {p}_start(&state);
        for (int t = 0; t < {timesteps}; t++) {{
            {p}_step(&state, {p}_test_x + (s * {timesteps} + t) * {upper}_X, y);{skip}
            for (int i = 0; i < {upper}_Y; i++) {{
                {real} apart = y[i] - {p}_test_y[{at} * {upper}_Y + i];
                if (apart < {zero}) apart = -apart;
                if (!(apart <= worst)) worst = apart;
                if (worst != worst) return worst;
            }}
        }}
    }}
    return worst;
}}
"""
