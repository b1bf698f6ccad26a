"""The layers that a Keras config describes, in the order in which they run.

Sequential models, functional ones that are a chain, models inside models. Nothing is made of what
a config says: classes are names here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rnncalc.conventions.keras import MODELS, PASSED, POOLINGS, WINDOWS, class_of, snake_case
from rnncalc.conventions.keras_first import CLASSES, translated
from rnncalc.conventions.keras_versions import Version
from rnncalc.errors import FileError, printable
from rnncalc.model.checks import Names
from rnncalc.readers.of_keras.operations import as_layer
from rnncalc.readers.of_keras.wiring import LOOPS, Output, is_mask, name_of, wired

DEEPEST = 20
MOST = 10_000
"""Layers of a model, those of inner models among them."""

Shape = tuple[Any, ...]


class Spec(NamedTuple):
    """A layer as a config describes it.

    Attributes:
        name: its own.
        path: the names of the models around it and its own, with dots between.
        kind: its class: ``LSTM``.
        config: its settings.
        group: where its weights lie in a file of Keras 3: ``layers/sequential/layers/lstm``.
        version: the Keras that wrote it.
        known: whether the config is whole; else what it lacks is assumed.
        shape: that of its input, sequences first, as far as the config says; else nothing.
        states: the inputs of the model that are its initial states.
        call: what it is told when it is called: ``use_causal_mask``.
        shared: a number that Keras 3 gives a layer that is part of several models.
    """

    name: str
    path: str
    kind: str
    config: Mapping[str, Any]
    group: str
    version: Version
    known: bool = True
    shape: Shape = ()
    states: tuple[str, ...] = ()
    call: Mapping[str, Any] = {}
    shared: int | None = None


class LayerChain(NamedTuple):
    """The layers of a model, and why they are no chain, if they are none.

    Attributes:
        outputs: what the model gives, where that is not only what its last layer gives.
    """

    specs: list[Spec]
    branches: str = ""
    outputs: tuple[Output, ...] = ()


def chain(model: Any, version: Version) -> LayerChain:
    """The layers of a model's config, those of inner models in place.

    Errors: FileError for what is no config of a model, or contradicts itself.
    """
    found = _within(model, version)
    if len(found.specs) > MOST:
        raise FileError(f"the model has more than {MOST:,} layers")
    return found if found.branches else found._replace(specs=shaped(found.specs))


def _within(
    model: Any, version: Version, path: str = "", group: str = "", depth: int = 0
) -> LayerChain:
    """The same, of a model that stands in others."""
    if depth > DEEPEST:
        raise FileError(f"models are nested more than {DEEPEST} deep")
    order = wired(model, entries_of(model))
    branches = order.branches
    if depth and order.outputs:
        branches = branches or f"{printable(path.rstrip('.'))} has several outputs"
    groups = groups_of(order.entries)
    specs: list[Spec] = []
    for entry, own in zip(order.entries, groups, strict=True):
        name, here = name_of(entry), f"{group}layers/{own}"
        below = f"{path}{name}"
        if class_of(entry) in MODELS:
            inner = _within(entry, version, f"{below}.", f"{here}/", depth + 1)
            specs += inner.specs
            branches = branches or inner.branches
            continue
        spec = described(entry, Spec(name, below, "", {}, here, version))
        specs.append(spec._replace(shape=_built(entry), states=order.states.get(name, ())))
    return LayerChain(specs, branches, order.outputs)


def described(entry: Mapping[str, Any], spec: Spec) -> Spec:
    """The spec with the class and the settings of an entry, in the words of Keras 2 and 3."""
    config = entry.get("config")
    kind, settings = class_of(entry), config if isinstance(config, dict) else {}
    if spec.version.first:
        kind, settings = CLASSES.get(kind, kind), translated(kind, settings)
    shared = entry.get("shared_object_id")
    return spec._replace(
        kind=kind, config=settings, shared=shared if isinstance(shared, int) else None
    )


def _built(entry: Mapping[str, Any]) -> Shape:
    """The shape of the input for which a layer was built, as far as Keras 3 says it."""
    built = entry.get("build_config") or {}
    shape = built.get("input_shape") if isinstance(built, dict) else None
    return tuple(shape) if isinstance(shape, list) else ()


def entries_of(model: Any) -> list[dict[str, Any]]:
    """The layers of one model as they stand in its config."""
    config = model.get("config") if isinstance(model, Mapping) else None
    entries = config.get("layers") if isinstance(config, Mapping) else config
    if not isinstance(entries, list):
        raise FileError("the config of the model is damaged: it lists no layers")
    if len(entries) > 3 * MOST:  # some are operations by which masks are written down
        raise FileError(f"the model has more than {MOST:,} layers")
    names = set()
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
            raise FileError("the config of the model has a layer without class_name")
        if not isinstance(entry.get("config", {}), (dict, list)):
            kind = printable(entry["class_name"])
            raise FileError(f"the config of the model has a {kind} whose config is no mapping")
        name = name_of(entry)
        if "name" in (entry.get("config") or {}) and name in names:
            raise FileError(f"the config of the model has two layers {printable(name)}")
        names.add(name)
    return [as_layer(entry) for entry in entries if not is_mask(entry)]


def groups_of(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Under which name each one's weights lie: its class, the second of a class with _1."""
    groups = Names()
    for entry in entries:
        yield groups.unique(snake_case(entry["class_name"]))


def shaped(specs: Sequence[Spec]) -> list[Spec]:
    """The layers of a chain with the shapes of their inputs, as far as the layers before tell.

    Errors: FileError where a layer was built for another number of features.
    """
    shape: Shape = ()
    found = []
    for spec in specs:
        shape = begun(spec) or shape
        named, built = shape[-1:], spec.shape[-1:]
        if None not in (*named, *built) and named and built and named != built:
            message = f"the config of {printable(spec.path)} says that it takes {built[0]} features"
            raise FileError(f"{message}, and that of its input says {named[0]}")
        spec = spec._replace(shape=spec.shape or shape)
        found.append(spec)
        shape = given(spec)
    return found


def begun(spec: Spec) -> Shape:
    """The shape with which a model begins, where this is its first layer."""
    given = spec.config.get("batch_shape") or spec.config.get("batch_input_shape")
    return tuple(given) if isinstance(given, list) else ()


def given(spec: Spec, shapes: Sequence[Shape] = ()) -> Shape:
    """The shape of what a layer gives; nothing where that is not known.

    Args:
        shapes: those of all that it reads, where that is more than one.
    """
    shape, config = spec.shape, spec.config
    rank = len(shape)
    if spec.kind in AS_READ:
        return shape
    if spec.kind in LOOPS:
        inner = config.get("layer")
        loop = inner.get("config") if isinstance(inner, Mapping) else config
        whole = isinstance(loop, Mapping) and loop.get("return_sequences")
        return (None,) * (3 if whole else 2)
    if spec.kind == "Embedding":
        return (None,) * (rank + 1 if rank else 0)
    if spec.kind == "Flatten" or spec.kind in POOLINGS or spec.kind == "LastTimestep":
        return (None, None)
    if spec.kind == "RepeatVector":
        return (None, config.get("n"), *shape[1:])
    if spec.kind == "Reshape" and isinstance(target := config.get("target_shape"), list):
        return (None, *(None if size == -1 else size for size in target))
    if spec.kind == "Dot":
        return (None,) * max(sum(map(len, shapes)) - 3, 2) if all(shapes) else ()
    if spec.kind == "Permute" and rank and sorted(dims := config["dims"]) == [*range(1, rank)]:
        return (None, *(shape[axis] for axis in dims))
    return (None,) * rank if spec.kind in KEEPING else ()


def features(spec: Spec) -> int | None:
    """How many features a layer takes, as far as its config and the layers before it say."""
    last = spec.shape[-1] if spec.shape else None
    return last if isinstance(last, int) else None


AS_READ = (*PASSED, "Masking", "Activation", "Rescaling", "Add", "Average", "Maximum", "Multiply",
           "Subtract")  # fmt: skip
"""The layers that give the shape that they take."""

KEEPING = ("Dense", "TimeDistributed", "BatchNormalization", "LayerNormalization", "ReLU",
           "PReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Softmax", "PReLU", "Conv1D",
           "SeparableConv1D", "DepthwiseConv1D", "UpSampling1D", "Concatenate", "Attention",
           "AdditiveAttention", "MultiHeadAttention", *WINDOWS)  # fmt: skip
"""The layers that give as many axes as they take."""
