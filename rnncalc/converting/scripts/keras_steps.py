"""What happens to x in a Keras script that says more than a Sequential model can, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnncalc.converting.refusal import refused
from rnncalc.converting.scripts.given import starts
from rnncalc.converting.scripts.keras_layers import masking, recurrent, stateless
from rnncalc.converting.to_keras import heads_of, loop_name, timed
from rnncalc.equations import CELLS
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Pooling, Stateless
from rnncalc.running.inputs import masks

Loop = tuple[Layer, ...]

READY = [
    "def ready(name, x):",
    "    layer = parts[name]",
    "    if not layer.built:",
    "        layer.build(tuple(x.shape))",
    "        own = [key for key in NUMBERS if key.rpartition('/')[0] == name]",
    "        layer.set_weights([NUMBERS[key] for key in own])",
    "    return layer",
]
"""A layer that has its weights as soon as x tells its shape."""


def called(model: Model, recorded: bool) -> list[str]:
    """The layers by name, and a function that calls them.

    Args:
        recorded: whether h and the final states are given, too.

    Errors: RnncalcError for what Keras' layers do not compute of masked or padded steps.
    """
    model = _zeroed(model)
    _refuse_masked(model)
    steps = _fed_back if model.mode == "one-to-many" else _through
    return [
        "parts = {",
        *(f"    {name!r}: {text}," for name, text in _parts(model)),
        "}",
        "", "",
        *READY,
        "", "",
        "def network(x):",
        *(f"    {line}" for line in (*_entrance(model), *steps(model, recorded))),
        "", "",
    ]  # fmt: skip


def _zeroed(model: Model) -> Model:
    """Lengths are a mask whose outputs are 0; what is computed last is held."""
    if model.lengths is None:
        return model
    layers = [replace(one, zero_output_for_mask=_sequences(model, (one,))) for one in model.layers]
    return replace(model, layers=tuple(layers))


def _refuse_masked(model: Model) -> None:
    for loop in model.loops:
        first = loop[0]
        if model.lengths is not None and first.order == "processing":
            what = "lengths: Keras' go_backwards begins with the padding"
            raise refused(first.name, what)
        masked = model.mask is not None or masks(model)
        wrong = first.zero_output_for_mask != _sequences(model, loop)
        if masked and first.backward and wrong:
            what = "zero_output_for_mask: Keras' Bidirectional has it with return_sequences alone"
            raise refused(first.name, what)


def _sequences(model: Model, loop: Loop) -> bool:
    """Whether a layer gives every timestep."""
    last = loop[-1]
    ends = last is model.layers[-1] and model.mode == "many-to-one"
    return not ends or last.return_sequences


def _parts(model: Model) -> Iterator[tuple[str, str]]:
    """Each layer by its name."""
    if model.masking is not None:
        yield "masking", masking(model)
    if model.embedding:
        ids, features = model.embedding.weights.shape
        masked = ", mask_zero=True" if model.embedding.mask_zero else ""
        yield "embedding", f"layers.Embedding({ids}, {features}{masked})"
    for loop in model.loops:
        yield loop_name(loop), recurrent(loop, _sequences(model, loop), states=True)
    for name, one in heads_of(model).items():
        yield name, stateless(name, one, timed(model, one))


def _entrance(model: Model) -> Iterator[str]:
    """What comes before the first recurrent layer."""
    yield f"states = {{{', '.join(map(_start, model.loops))}}}"
    first = "masking" if model.masking is not None else "embedding" if model.embedding else ""
    if model.lengths is not None:
        yield "mask = ops.convert_to_tensor(np.arange(x.shape[1]) < NUMBERS['lengths'][:, None])"
    elif model.mask is not None:
        yield "mask = ops.convert_to_tensor(NUMBERS['mask'])"
    else:
        yield f"mask = {f'ready({first!r}, x).compute_mask(x)' if masks(model) else None}"
    yield f"x = ready({first!r}, x)(x)" if first else "x = ops.convert_to_tensor(x)"


def _start(loop: Loop) -> str:
    """The initial states of a layer as it takes them, by its name."""
    if not any(map(starts, loop)):
        return f"{loop_name(loop)!r}: None"
    ways = range(len(loop[0].passes))
    cells = [[f"NUMBERS['{one.name}.{state}0'][{way}]" for state in CELLS[one.cell].states]
             for way in ways for one in loop]  # fmt: skip
    if len(loop) == 1:
        return f"{loop_name(loop)!r}: [{', '.join(state for cell in cells for state in cell)}]"
    listed = [cell[0] if len(cell) == 1 else f"[{', '.join(cell)}]" for cell in cells]
    return f"{loop_name(loop)!r}: [{', '.join(listed)}]"


def _through(model: Model, recorded: bool) -> Iterator[str]:
    """The whole input, layer after layer."""
    for loop in model.loops:
        yield from _recurrent(model, loop)
    if recorded:
        yield "h = x"
    at = cut(model.outputs)
    if model.mode == "many-to-one" and at is None and _sequences(model, model.loops[-1]):
        ends = "x = ops.stack([one[end - 1] for one, end in zip(x, NUMBERS['lengths'])])"
        yield "x = x[:, -1]" if model.lengths is None else ends
    yield from _heads(model, model.outputs)
    yield "return x, h, states" if recorded else "return x"


def _fed_back(model: Model, recorded: bool) -> Iterator[str]:
    """One-to-many: a step at a time."""
    yield "first, h, y = x, [], []"
    yield f"for _ in range({model.timesteps}):"
    for loop in model.loops:
        yield from (f"    {line}" for line in _recurrent(model, loop))
    yield "    h.append(x)"
    yield from (f"    {line}" for line in _heads(model, model.outputs))
    yield "    y.append(x)"
    if model.feedback != "y":
        yield "    x = first" if model.feedback == "x" else "    x = ops.zeros_like(first)"
    more = ", ops.concatenate(h, 1), states" if recorded else ""
    yield f"return ops.concatenate(y, 1){more}"


def _recurrent(model: Model, loop: Loop) -> Iterator[str]:
    """A layer, or a loop of cells, and the layers without a state in front of it."""
    yield from _heads(model, loop[0].chain)
    name, apart = loop_name(loop), loop[-1].merge == "none"
    gives = f"x, {'back, ' * apart}*states[{name!r}]"
    yield f"{gives} = ready({name!r}, x)(x, initial_state=states[{name!r}], mask=mask)"
    if apart:
        yield "x = ops.concatenate([x, back], -1)"
    if turned(loop) and _sequences(model, loop):
        yield "x = ops.flip(x, 1)"


def turned(loop: Loop) -> bool:
    """Whether outputs of go_backwards are meant in input order."""
    return loop[-1].direction == "backward" and loop[-1].order == "input"


def _heads(model: Model, chain: tuple[Stateless, ...]) -> Iterator[str]:
    """Layers without a state; only pooling knows of masks."""
    names = {id(one): name for name, one in heads_of(model).items()}
    for one in chain:
        pooled = one.kind if isinstance(one, Pooling) else ""
        if pooled == "max" and model.lengths is not None:
            yield "x = ops.where(mask[..., None], x, -np.inf)"
        more = ", mask=mask" if pooled == "average" else ""
        yield f"x = ready({names[id(one)]!r}, x)(x{more})"
