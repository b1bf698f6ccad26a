"""What goes into a run: the input, its lengths or mask, the initial states, brought into shape.

Nothing is checked again behind this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import MOST_HELD
from rnncalc.data import NamedTuple
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, ShapeError, printable, suggestion
from rnncalc.model import graph
from rnncalc.model.layer import Layer
from rnncalc.model.model import Embedding, Model, cast
from rnncalc.model.shapes import described, real
from rnncalc.model.stateless import Shape

if TYPE_CHECKING:
    import numpy.typing as npt


class Steps(NamedTuple):
    """Which timesteps are real, and how a backward direction goes through them.

    Attributes:
        active: (timesteps, batch), False where padded or masked; None where all are real.
        hold: whether an inactive step repeats the last output (a mask) or gives 0 (lengths).
        backward: (timesteps, batch), the step that a backward direction takes at each place, where
            sequences end at different steps; None: simply from the end.
    """

    active: Any = None
    hold: bool = False
    backward: Any = None

    @property
    def ends(self) -> Array | None:
        """The last timestep of each sequence, from 1, where lengths tell; 0 where it has none."""
        return None if self.backward is None else np.asarray(self.active.sum(axis=0))

    def turned(self, columns: Array) -> Array:
        """(timesteps, width, batch) with time turned around; done twice, it is as before."""
        if self.backward is None:
            return np.asarray(columns[::-1])
        turned: Array = np.take_along_axis(columns, self.backward[:, None], axis=0)
        return turned

    def last(self, columns: Array) -> Array:
        """The last timestep of every sequence, (width, batch): its own, where it has a length.

        A sequence without any step has 0 there, as at every padded step.
        """
        if self.backward is None:
            return np.asarray(columns[-1])
        last: Array = np.take_along_axis(columns, self.backward[:1, None], axis=0)
        return np.asarray(last[0])

    def computed(self, final: Array) -> Array:
        """What a direction computed last, (width, batch): its final state, but 0 of a sequence
        without any step, whose state is the initial one.
        """
        return final if self.ends is None else np.where(self.ends > 0, final, np.zeros_like(final))


class Flow(NamedTuple):
    """What one layer hands to another.

    Attributes:
        columns: (timesteps, width, batch); of one row (width, batch).
        steps: which of its timesteps are real.
    """

    columns: Array
    steps: Steps = Steps()


def placed(model: Model, given: Any) -> Any:
    """The input, the batch first: turned where it has the own axes of the model's graph alone."""
    return given if model.entry is None or given is None else (
        model.entry.batch_first(real("x", given))
    )  # fmt: skip


def checked_input(model: Model, given: npt.ArrayLike | None) -> tuple[Array, bool]:
    """The input as (batch, timesteps, features), and whether it came as a batch.

    Accepts one number, (timesteps), (timesteps, features) and (batch, timesteps, features); before
    an embedding ids, (timesteps) or (batch, timesteps).
    Errors: ShapeError that shows both readings where x does not fit W_x.
    """
    if given is None:
        wanted = "ids" if model.embedding else f"{_count(model.features, 'feature')} a timestep"
        give = "give -x on the command line or x: in a file"
        raise RnncalcError(f"x is missing, the input ({wanted}): {give}")
    x = real("x", given)
    batched = x.ndim == (2 if model.embedding else 3)
    x = embedded(model.embedding, x) if model.embedding else x
    features = model.features
    if x.ndim < 2 and model.mode == "one-to-many" and x.size == features:
        x = x.reshape(1, features)
    elif x.ndim < 2 and features == 1:
        x = x.reshape(-1, 1)
    if not 2 <= x.ndim <= 3 or x.shape[-1] != features:
        raise _misfit_input(x, features, model.layers[0].entrance)
    if model.mode == "one-to-many" and x.shape[-2] != 1:
        raise ShapeError(f"x has {x.shape[-2]} timesteps, but mode one-to-many takes one")
    if model.flattened not in (None, x.shape[-2]):
        has = _count(x.shape[-2], "timestep")
        message = f"x has {has}, but the output layers flatten and take {model.flattened}"
        raise ShapeError(message, about=("x", "output"))
    return x.reshape(-1, *x.shape[-2:]), batched


def embedded(embedding: Embedding, ids: Array) -> Array:
    """The rows of the table. Errors: RnncalcError for what is no id of it."""
    if ids.ndim > 2:
        count = len(embedding.weights)
        message = f"x has an array of shape {ids.shape}, expected ids 0 to {count - 1}"
        raise RnncalcError(message, about=("x",))
    return np.asarray(embedding.weights[embedding.places(np.atleast_1d(ids), "x")])


def steps_of(
    model: Model,
    given: Any,
    inputs: Array,
    lengths: npt.ArrayLike | None,
    mask: npt.ArrayLike | None,
) -> Steps:
    """Lengths or mask of an input of (batch, timesteps, features), checked.

    Args:
        given: the ids of a model with an embedding; of others the input, too.

    Errors: RnncalcError for both at once, for a length beyond the input; ShapeError for a mask of
    another shape.
    """
    batch, timesteps = inputs.shape[:2]
    marks = _marks(model, lengths, mask)
    masked = masks(model)
    if model.mode == "one-to-many" and (marks or masked):
        message = f"mode one-to-many has no padded steps: leave out {(*marks, masked)[0]}"
        raise RnncalcError(message, about=(*marks, "mode"))
    if masked == "mask_zero":
        mask = np.reshape(real("x", given), (batch, timesteps)) != 0
    elif masked:
        mask = np.any(inputs != inputs.dtype.type(model.masking or 0), axis=-1)
    return _marked(lengths, mask, batch, timesteps)


def _marks(
    model: Model, lengths: npt.ArrayLike | None, mask: npt.ArrayLike | None
) -> tuple[str, ...]:
    """Which of them are given. Errors: RnncalcError where two things say which steps are real."""
    marks = [name for name, part in (("lengths", lengths), ("mask", mask)) if part is not None]
    several = [name for name in (masks(model), *marks) if name]
    if marks and len(several) > 1 and model.mode != "one-to-many":
        message = f"{several[0]} and {several[1]} both say which steps are real: leave one out"
        raise RnncalcError(message, about=tuple(marks))
    return tuple(marks)


def _marked(
    lengths: npt.ArrayLike | None, mask: npt.ArrayLike | None, batch: int, timesteps: int
) -> Steps:
    """The steps that lengths or a mask tell."""
    if lengths is not None:
        return _of_lengths(real("lengths", lengths), batch, timesteps)
    if mask is not None:
        return Steps(_active(real("mask", mask), batch, timesteps).T, hold=True)
    return Steps()


def of_graph(
    model: Model, given: Any, lengths: npt.ArrayLike | None, mask: npt.ArrayLike | None, dtype: str
) -> tuple[dict[str, Flow], bool]:
    """The inputs of a graph as columns in the dtype, and whether they came as batches.

    Args:
        given: one input, or several by name.

    Errors: RnncalcError, ShapeError for what is missing or does not fit, by the input's name.
    """
    named = {name: placed(model, one) for name, one in _by_name(model, given).items()}
    arrays = {name: _one_input(model, name, named[name]) for name in model.inputs}
    batches = {array.shape[0] if batched else None for array, batched in arrays.values()}
    if len(batches) > 1:
        counts = ", ".join(
            f"{name} {_count(len(array), 'sequence') if batched else 'no batch'}"
            for name, (array, batched) in arrays.items()
        )
        raise ShapeError(f"the inputs do not have as many sequences: {counts}", about=("x",))
    shapes = graph.shapes(model.nodes, {key: _shape(x) for key, (x, _) in arrays.items()})
    _refuse_huge(model, shapes, len(arrays[model.inputs[0]][0]))
    steps = _graph_steps(model, arrays[model.inputs[0]][0], lengths, mask)
    flows = {}
    for name, (array, _) in arrays.items():
        columns = cast(name, array, dtype).T if array.ndim == 2 else (
            cast(name, array, dtype).transpose(1, 2, 0))  # fmt: skip
        flows[name] = Flow(columns, steps)
    return flows, batches != {None}


def size_of(model: Model, given: Any) -> tuple[int, int]:
    """How many sequences there are, and how many timesteps: of several inputs the most.

    Errors: RnncalcError, ShapeError as of ``checked_input`` and ``of_graph``.
    """
    if not model.wiring:
        batch, timesteps, _ = checked_input(model, given)[0].shape
        return batch, timesteps
    columns = [flow.columns for flow in of_graph(model, given, None, None, model.dtype)[0].values()]
    return columns[0].shape[-1], max(len(one) if one.ndim == 3 else 1 for one in columns)


def _refuse_huge(model: Model, shapes: Mapping[str, Shape], batch: int) -> None:
    """Nobody gave so many numbers: where they are too many to hold, nothing is computed."""
    for node in model.nodes:
        if isinstance(node.layer, Layer):
            continue
        count = batch * node.layer.makes([shapes[name] for name in node.reads])
        if count > MOST_HELD:
            message = f"{node.name} makes {count:,} numbers of x; at most {MOST_HELD:,} are held"
            raise RnncalcError(f"{message} at once", about=(node.name, "x"))


def _by_name(model: Model, given: Any) -> dict[str, Any]:
    """The inputs by name. Errors: RnncalcError for one that is missing, or that there is not."""
    named = given if isinstance(given, Mapping) else {}
    if given is not None and not named and len(model.inputs) == 1:
        named = {model.inputs[0]: given}
    for name in model.inputs:
        if name not in named:
            several = ", ".join(model.inputs)
            what = f"x is missing, the inputs {several}" if named == {} else f"x has no {name}"
            give = "give -x on the command line or x: in a file"
            if len(model.inputs) > 1:
                give = f"x is {{{name}: ..., ...}} in a file, -x {name}=... on the command line"
            raise RnncalcError(f"{what}: {give}", about=("x",))
    for name in named:
        if name not in model.inputs:
            message = f"x has {printable(str(name))}, which is no input of the network"
            hint = suggestion(str(name), model.inputs)
            raise RnncalcError(f"{message}. {hint}", about=("x",))
    return dict(named)


def _one_input(model: Model, name: str, given: Any) -> tuple[Array, bool]:
    """An input as (batch, [timesteps,] features), ids as (batch, timesteps, 1)."""
    x, row = real(name, given), name in model.rows
    key = f"x.{name}" if isinstance(model.x, Mapping) else "x"
    readers = [node for node in model.nodes if name in node.reads]
    width = model.shapes[name].width
    if name in model.ids:
        x, width = (x if row else np.atleast_1d(x))[..., None], 1
    elif x.ndim < 2 - row and width in (None, 1):
        x = x.reshape(-1, 1)[0 if row else slice(None)]
    axes = 1 if row else 2
    if x.ndim not in (axes, axes + 1) or width not in (None, x.shape[-1]):
        if not row and width is not None:
            raise _misfit_input(x, width, readers[0].name, name, key)
        expected = "([batch,] features)" if row else "([batch,] timesteps, features)"
        takes = "" if width is None else f", {_count(width, 'feature')}"
        raise ShapeError(f"{name} {described(x)}, expected {expected}{takes}", about=(name, key))
    batched = x.ndim == axes + 1
    return (x if batched else x[None]), batched


def _shape(array: Array) -> Shape:
    """What an input of (batch, [timesteps,] features) gives."""
    series = array.ndim == 3
    return Shape(array.shape[-1], series, array.shape[1] if series else None)


def _graph_steps(
    model: Model, x: Array, lengths: npt.ArrayLike | None, mask: npt.ArrayLike | None
) -> Steps:
    """Lengths or mask of the input of a graph."""
    marks = _marks(model, lengths, mask)
    if marks and (len(model.inputs) > 1 or x.ndim < 3):
        message = f"{marks[0]} is for a network with one input that has timesteps"
        if len(model.inputs) > 1:
            message += ": a layer masking, or mask_zero of an embedding, tells padding of each"
        raise RnncalcError(message, about=(marks[0],))
    return _marked(lengths, mask, *x.shape[:2])


def masks(model: Model) -> str:
    """What of a model masks steps by what x holds there: ``mask_zero``, ``masking``; or nothing."""
    if model.embedding is not None and model.embedding.mask_zero:
        return "mask_zero"
    if model.masking is not None:
        return "masking"
    return next((one.name for one in model.stateless if one.masks), "")


def _of_lengths(lengths: Array, batch: int, timesteps: int) -> Steps:
    lengths = lengths.reshape(-1)
    if len(lengths) != batch:
        has = _count(len(lengths), "number")
        message = f"lengths has {has}, expected {batch}, one per sequence"
        raise ShapeError(message, about=("lengths",))
    wrong = lengths[(lengths < 0) | (lengths > timesteps) | (lengths != np.floor(lengths))]
    if wrong.size:
        message = f"lengths has {wrong[0]:g}, expected 0 to {timesteps} (timesteps)"
        raise RnncalcError(message, about=("lengths",))
    t, ends = np.arange(timesteps)[:, None], lengths.astype(int)[None]
    return Steps(t < ends, hold=False, backward=np.where(t < ends, ends - 1 - t, t))


def _active(mask: Array, batch: int, timesteps: int) -> Array:
    if mask.ndim == 1 and batch == 1:
        mask = mask[None]
    if mask.shape != (batch, timesteps):
        message = f"mask {described(mask)}, expected ({batch}, {timesteps}) (batch, timesteps)"
        raise ShapeError(message, about=("mask",))
    if not np.isin(mask, (0, 1)).all():
        raise RnncalcError("mask has numbers other than 0 and 1", about=("mask",))
    return np.asarray(mask == 1)


def initial_states(layer: Layer, batch: int) -> dict[str, Array]:
    """h_0 (and c_0) of every sequence, one column each: (units, batch)."""
    states = {}
    for state in CELLS[layer.cell].states:
        given = np.asarray(layer.h0 if state == "h" else layer.c0)
        if given.ndim == 2 and given.shape[0] not in (1, batch):
            message = f"{state}0 has {given.shape[0]} rows, one per sequence, but x has {batch}"
            raise ShapeError(message, about=(f"{state}0", "x"))
        states[state] = np.broadcast_to(given, (batch, given.shape[-1])).T
    return states


def _misfit_input(
    x: Array, features: int, teller: str, name: str = "x", key: str = "x"
) -> ShapeError:
    takes = f"{teller} takes {_count(features, 'feature')}"
    if x.ndim < 2:
        both = f"{x.size} timesteps of 1 feature, or 1 timestep of {x.size} features"
        given = "is one number" if x.size == 1 else f"is a list: {both}"
        message = f"{name} {given}, but {takes}. Write rows: '1,2; 3,4' or [[1, 2], [3, 4]]"
        return ShapeError(message, about=(key, "W_x"))
    if x.ndim > 3:
        expected = "(timesteps, features) or (batch, timesteps, features)"
        return ShapeError(f"{name} has shape {x.shape}, expected {expected}", about=(key,))
    has = f"{_count(x.shape[-2], 'timestep')} of {_count(x.shape[-1], 'feature')}"
    message = f"{name} has {has}, but {takes}"
    if features == 1:
        message += ": for a list of timesteps write 1,2,3 or one number a line"
    elif x.shape[-2] == features:
        message += ": transposed? One row is one timestep"
    return ShapeError(message, about=(key, "W_x"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
