"""What a script is given besides weights: the input, its lengths or mask, the initial states."""

from __future__ import annotations

import keyword
import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.refusal import refused
from rnncalc.converting.trial import trial_inputs
from rnncalc.converting.update_gate import as_frameworks
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import LONGEST_NAME
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.running.inputs import checked_input, initial_states, of_graph, steps_of

TIMESTEPS, SEED = 5, 1
"""The size of a random input, and what it is drawn with."""

_WORDS = (
    "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda "
    "double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter "
    "get_submodule half ipu load_state_dict modules mtia named_buffers named_children "
    "named_modules named_parameters parameters register_backward_hook register_buffer "
    "register_forward_hook register_forward_pre_hook register_full_backward_hook "
    "register_full_backward_pre_hook register_load_state_dict_post_hook "
    "register_load_state_dict_pre_hook register_module register_parameter "
    "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state "
    "set_submodule share_memory state_dict to to_empty train training type xpu zero_grad"
)
TAKEN = frozenset(_WORDS.split()) | {"embedding", "masking", "last", "input_layer"}
"""What an nn.Module has itself, and what scripts name themselves: no layer can be called so."""


class Given(NamedTuple):
    """A network with its input, as scripts take them.

    Attributes:
        model: its names are Python's; x is (batch, timesteps, features), or ids (batch, timesteps);
            lengths are (batch), a mask is (batch, timesteps).
        batched: whether the input was a batch.
    """

    model: Model
    batched: bool


def given(model: Model) -> Given:
    """A network with its input, or with a random one where there is none.

    Errors: RnncalcError for lengths or a mask of an input that there is not, and for gates that no
    framework has.
    """
    if model.wiring:
        return _graph_given(model)
    for key in ("lengths", "mask"):
        if model.x is None and getattr(model, key) is not None:
            raise refused(key, "it is of an input, and there is no x")
    model, _ = as_frameworks(model)
    layers = [
        replace(layer, name=_name(layer.name), before=tuple(map(_renamed, layer.chain)))
        for layer in model.layers
    ]
    outputs = tuple(map(_renamed, model.outputs))
    x, batched = _input(model)
    lengths = None if model.lengths is None else np.ravel(model.lengths).astype("int64")
    mask = None if model.mask is None else np.reshape(model.mask, x.shape[:2]).astype(bool)
    plain = replace(model, layers=tuple(layers), output=outputs or None, x=x)
    return Given(replace(plain, lengths=lengths, mask=mask), batched)


def _graph_given(model: Model) -> Given:
    """A graph with its inputs, or with random ones, as batches."""
    if model.lengths is not None or model.mask is not None:
        raise RnncalcError("lengths and mask of a graph's input are not written in scripts")
    model, _ = as_frameworks(model)
    if model.x is None:
        x, batched = trial_inputs(model, _batch(model)), True
    else:
        flows, batched = of_graph(model, model.x, None, None, model.dtype)
        x = {name: _batch_first(model, name, flow.columns) for name, flow in flows.items()}
    one = x if len(x) > 1 else next(iter(x.values()))
    return Given(replace(model, x=one), batched)


def _batch_first(model: Model, name: str, columns: Array) -> Array:
    """(batch, [timesteps,] width) of columns; ids (batch, timesteps)."""
    x = columns.T if columns.ndim == 2 else columns.transpose(2, 0, 1)
    return x[..., 0].astype("int64") if name in model.ids else x


def _renamed(one: Stateless) -> Stateless:
    return replace(one, name=_name(one.name))  # type: ignore[type-var]  # all are dataclasses


def _name(name: str) -> str:
    """A name as Python has them, which no module has for something else."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    free = plain not in TAKEN and not keyword.iskeyword(plain)
    usual = free and re.match(r"[A-Za-z]", plain)
    return plain if usual else f"layer_{plain.strip('_')}"[:LONGEST_NAME]


def _input(model: Model) -> tuple[Array, bool]:
    """The input that came with the network, or a random one; whether it is a batch.

    Errors: ShapeError, RnncalcError for one that a run refuses, too.
    """
    kind = "int64" if model.embedding else model.dtype
    if model.x is not None:
        x, batched = checked_input(model, model.x)
        steps_of(model, model.x, x, model.lengths, model.mask)
        return (np.reshape(model.x, x.shape[:2]) if model.embedding else x).astype(kind), batched
    rng, single = np.random.default_rng(SEED), model.mode == "one-to-many"
    shape = (_batch(model), 1 if single else model.flattened or TIMESTEPS)
    if model.embedding:
        return rng.integers(0, len(model.embedding.weights), shape), True
    return rng.standard_normal((*shape, model.features)).round(2).astype(kind), True


def _batch(model: Model) -> int:
    """So many sequences that each has its initial state."""
    return max([len(np.atleast_2d(one.h0)) for one in _ways(model)] + [2])


def _ways(model: Model) -> list[Layer]:
    return [one for layer in model.layers for one in layer.passes.values()]


def started(model: Model) -> bool:
    """Whether some layer does not start from 0."""
    return any(starts(layer) for layer in model.layers)


def starts(layer: Layer) -> bool:
    """Whether some direction of a layer does not start from 0."""
    ways = layer.passes.values()
    return any(np.any(one.h0) or np.any(0.0 if one.c0 is None else one.c0) for one in ways)


def states(model: Model, *, every: bool = False) -> dict[str, Array]:
    """Initial states: ``lstm.h0`` (directions, batch, units), ``lstm.c0``.

    Args:
        every: also of the time loops in which all are 0.
    """
    found: dict[str, Array] = {}
    batch = len(np.asarray(model.x))
    loops = [loop for loop in model.loops if every or any(map(starts, loop))]
    for layer in (one for loop in loops for one in loop):
        ways = [initial_states(one, batch) for one in layer.passes.values()]
        for state in ways[0]:
            both = np.stack([way[state].T for way in ways])
            found[f"{layer.name}.{state}0"] = both.astype(model.dtype)
    return found


def arrays(model: Model) -> dict[str, Array]:
    """All that is no weight, by its name in a script."""
    said = {key: getattr(model, key) for key in ("x", "lengths", "mask")}
    return {key: one for key, one in said.items() if one is not None} | states(model)
