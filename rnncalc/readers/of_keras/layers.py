"""From a layer of Keras, as its config describes it, to a part of a network; weights come later."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnncalc.conventions import keras as words
from rnncalc.conventions import keras_options
from rnncalc.conventions.keras_activations import ACTIVATION_LAYERS
from rnncalc.errors import RnncalcError, printable, with_article
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_keras import joins, recurrent, sequences, stateless
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.plan import Holder, PartPlan, RefusedError, inner
from rnncalc.readers.of_keras.tree import UNSAID

Maker = Callable[[Spec, Part], Iterator[Holder]]

MAKERS: dict[str, Maker] = {
    **dict.fromkeys(words.LAYERS, recurrent.recurrent),
    "RNN": recurrent.cells,
    "Bidirectional": recurrent.bidirectional,
    **dict.fromkeys(words.PASSED, stateless.passed),
    **dict.fromkeys(words.NORMALIZATIONS, stateless.normalization),
    **dict.fromkeys(words.POOLINGS, stateless.pooling),
    **dict.fromkeys(ACTIVATION_LAYERS, stateless.activation),
    "Dense": stateless.dense,
    "Embedding": stateless.embedding,
    "Masking": stateless.masking,
    "Flatten": stateless.flatten,
    "PReLU": stateless.prelu,
    **dict.fromkeys(words.WINDOWS, sequences.windows),
    **dict.fromkeys(words.JOINS, joins.join),
    "Conv1D": sequences.convolution,
    "SeparableConv1D": sequences.separable,
    "DepthwiseConv1D": sequences.by_channel,
    "UpSampling1D": sequences.upsampling,
    "RepeatVector": sequences.repeat,
    "Reshape": sequences.reshape,
    "Permute": sequences.permute,
    "Rescaling": sequences.rescaling,
    "LastTimestep": sequences.last,
    "Dot": joins.dot,
    "Attention": joins.attention,
    "AdditiveAttention": joins.additive,
    "MultiHeadAttention": joins.heads,
}
"""What makes a part of each class of layers."""

NOT_TIMED = (
    *words.LAYERS, *words.POOLINGS, *words.WINDOWS, *words.JOINS, "RNN", "Bidirectional", "Flatten",
    "Masking", "Conv1D", "SeparableConv1D", "DepthwiseConv1D", "UpSampling1D", "RepeatVector",
    "Reshape", "Permute", "Dot", "Attention", "AdditiveAttention", "MultiHeadAttention",
)  # fmt: skip
"""What is not computed inside TimeDistributed."""


def plan_of(spec: Spec) -> PartPlan:
    """The part that a layer is."""
    part = Part(spec.name, "other", spec.kind, path=spec.path)
    try:
        keras_options.check(spec.kind, spec.config)
        holders = list(_maker(spec.kind, spec.known)(spec, part))
    except RnncalcError as error:
        return PartPlan(Part(spec.name, "other", part.says, path=spec.path, problem=str(error),
                         name_only=part.name_only), [])  # fmt: skip
    return PartPlan(part, holders)


def _maker(kind: str, known: bool = True) -> Maker:
    """What makes a part of a class of layers."""
    if kind == "TimeDistributed":
        return _timed
    if kind == UNSAID or (kind == "Activation" and not known):
        return _name_only
    if kind not in MAKERS:
        said = f"is {with_article(kind)}, which is not among the layers computed here"
        raise RefusedError(said)
    return MAKERS[kind]


def _timed(spec: Spec, part: Part) -> Iterator[Holder]:
    inside = inner(spec, "layer")
    part.says = f"TimeDistributed({inside.kind})"
    if inside.kind in NOT_TIMED:
        raise RefusedError(f"is a TimeDistributed({inside.kind}), which is not computed here")
    one_step = inside._replace(shape=spec.shape[:1] + spec.shape[2:])
    holders = list(_maker(inside.kind, spec.known)(one_step, part))
    yield from (holder._replace(group=f"layer/{holder.group}".rstrip("/")) for holder in holders)


def _name_only(spec: Spec, part: Part) -> Iterator[Holder]:
    """A layer of which a file of weights has but the name."""
    name = printable(spec.path)
    part.says, part.name_only = spec.kind, True
    remedy = f"--assume {name}=nothing, or {name}.activation=relu, says it"
    whole = "; so does a file of the whole model" * (spec.version.number >= (1, 0))
    raise RefusedError(
        f"has no arrays, and a file of weights does not say what it computes: {remedy}{whole}"
    )
