"""Remedies: what to type, or to edit, so that a mistake is set right, however the network came.

What that is says the difference between the network as it is and as it should be, so every remedy
is one that works. Where nothing of the network changes, or too many numbers do, there is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.edits import (
    FUNCTIONS,
    Edit,
    TooMuchError,
    edits,
    named_once,
    pooling_of,
)
from rnncalc.checking.diagnosis.invocation import Invocation
from rnncalc.checking.diagnosis.job import Job, KeyPath
from rnncalc.equations.activations import Activation
from rnncalc.errors import printable
from rnncalc.files import shell
from rnncalc.numbers.digits import whole

LONGEST, MOST = 160, 4
"""So long a value is written, and so many of them."""

DIGITS, SHORT = 15, 12
"""A number that has so few digits where it is written with the others was meant to be that one."""

TENSORS = ("W_x", "W_h", "bias", "bias_h", "P", "W_r")
"""The keys of weights, which stand in a config in our names or a framework's."""

READ = ("return_sequences", "pooling")
"""What says which steps are read behind the last layer; a file of weights leaves it open."""

SETTABLE = (*FUNCTIONS, "reset_after", "update", "input_forget")
"""Keys of a cell that --set gives other values, where no text holds them."""

LARGE = 20_000
"""From so many weights on a file of text is no place for them."""

FLAGS = {"W_x": "--wx", "W_h": "--wh", "bias": "--bias", "bias_h": "--bias-h", "activation": "-a"}
"""What there is for a network that was given by flags."""


def command(before: Job, after: Job, invocation: Invocation, gates: tuple[str, ...] = ()) -> str:
    """What makes ours the network in which a mistake is set right; nothing where that is long.

    Args:
        gates: the words of ``convert --gates``, where gates are stacked in another order.
    """
    if gates and invocation.file not in ("", "-") and not before.model.wiring:
        return _converted(before, invocation, gates)
    try:
        changes = list(edits(before, after))
        clauses = list(_clauses(before, changes, invocation))
    except TooMuchError:
        return ""
    return " and ".join(dict.fromkeys(clauses)) if len(changes) <= MOST else ""


def _converted(job: Job, invocation: Invocation, gates: tuple[str, ...] = ()) -> str:
    """The command that writes the network into a file of its own."""
    words = ["rnncalc", "convert", *([invocation.options] if invocation.options else [])]
    named = [f"--gates {shell.word(word)}" for word in gates]
    return printable(
        " ".join([*words, shell.word(invocation.file), "-o", _fixed(job, invocation), *named]), 300
    )


def _fixed(job: Job, invocation: Invocation) -> str:
    """Its name: of a text, unless it is large."""
    sizes = (array.size for way in job.ways for array in job.layer(way).weights.values())
    name = "fixed.npz" if sum(sizes) > LARGE else "fixed.yaml"
    return f"again-{name}" if name in invocation.file else name


def _clauses(job: Job, edits: list[Edit], invocation: Invocation) -> Iterator[str]:
    """What to do, one thing after the other. Errors: TooMuchError."""
    inside = []
    assumed = {edit.way for edit in edits if _assumed(job, edit, invocation)}
    row = any(edit.key in READ and _assumed(job, edit, invocation) for edit in edits)
    for edit in edits:
        if edit.key == "mode" and row:
            continue  # it follows
        if edit.way is None:
            yield _of_network(job, edit, invocation)
        elif edit.way in assumed and _follows(edit, edits):
            continue
        elif invocation.typed and not invocation.file:
            yield _flag(edit)
        elif _assumed(job, edit, invocation):
            layer = f"{job.model.layers[edit.way[0]].name}." if invocation.several else ""
            yield f"add --assume {shell.word(f'{layer}{edit.key}={_yaml(edit.value)}')}"
        else:
            inside.append(edit)
    yield from _written(job, inside, invocation)


def _follows(edit: Edit, edits: list[Edit]) -> bool:
    """Whether it becomes what the activation of the candidate does, which is assumed."""
    both = {str(one.value) for one in edits
            if one.way == edit.way and one.key in ("activation", "state_activation")}  # fmt: skip
    return edit.key == "state_activation" and len(both) == 1


def _assumed(job: Job, edit: Edit, invocation: Invocation) -> bool:
    """Whether a file leaves open what is to be another."""
    if edit.way is None:
        return False
    if edit.key == "direction":
        return False  # what it means for the order of the outputs is another thing in Keras' files
    if edit.key in READ and ("", "mode") in invocation.assumed:
        return True  # what the output layers read is one assumption
    return (job.model.layers[edit.way[0]].name, edit.key) in invocation.assumed


def _written(job: Job, edits: list[Edit], invocation: Invocation) -> Iterator[str]:
    """Keys of a config: of the file as it is, or of one that is made of it."""
    if not edits:
        return
    where = ""
    blocks = invocation.blocks
    if invocation.file and (blocks is None or job.model.wiring):
        if all(edit.key in SETTABLE for edit in edits):
            yield from (_set(_name(job, edit, invocation), edit.value) for edit in edits)
            return
        if job.model.wiring:
            raise TooMuchError  # its blocks are not numbered by its recurrent layers
    arrays = any(edit.key.split(".")[0] in TENSORS for edit in edits)
    if invocation.file and (blocks is None or (arrays and not invocation.own)):
        if invocation.file == "-" or not _fixed(job, invocation).endswith(".yaml"):
            raise TooMuchError
        yield _converted(job, invocation)
        where, blocks = "there ", blocks_of(job)
    elif invocation.file:
        there = shell.word(invocation.file) if invocation.file != "-" else "the config"
        where = f"in {printable(there, 200)} "
    places = blocks_of(job) if blocks is None else blocks
    keys = [_key(job, edit, places) for edit in edits]
    yield f"{where}write {' and '.join(keys)}"


def _name(job: Job, edit: Edit, invocation: Invocation) -> str:
    """What --set calls a key of a direction."""
    assert edit.way is not None
    layer = job.model.layers[edit.way[0]]
    owner = f"{layer.name}." if invocation.several or layer.backward else ""
    if owner and not named_once(job.model, layer.name):
        raise TooMuchError
    return f"{owner}{edit.way[1] + '.' if layer.backward else ''}{edit.key}"


def _set(name: str, value: Any) -> str:
    """What puts another value in the network, whatever file it is in."""
    text = _yaml(value) if isinstance(value, bool | str) else _text(value)
    return f"add --set {shell.word(f'{name}={text}')}"


def _key(job: Job, edit: Edit, places: Mapping[KeyPath, str]) -> str:
    """A key and its value."""
    if edit.key != "pooling":
        return f"{_path(edit, places)}: {_yaml(edit.value)}"
    block = "{pooling: " + edit.value + "}"
    first = pooling_of(job.model.outputs)
    if first or not job.model.outputs:
        return f"output{'[0].pooling: ' + edit.value if first else ': ' + block}"
    return f"output as a list, {block} in front of what is there"


def blocks_of(job: Job) -> dict[KeyPath, str]:
    """Where a config of a network describes each of its directions."""
    layers = job.model.layers
    places = {}
    for index, way in job.ways:
        parts = [f"layers[{index}]"] if len(layers) > 1 else []
        parts += [way] if len(layers[index].passes) > 1 else []
        places[index, way] = ".".join(parts)
    return places


def _path(edit: Edit, blocks: Any) -> str:
    assert edit.way is not None
    if edit.way[1]:
        if edit.way not in blocks:
            raise TooMuchError
        return ".".join(filter(None, [blocks[edit.way], edit.key]))
    block = next((place for (index, _), place in blocks.items() if index == edit.way[0]), None)
    if block is None:
        raise TooMuchError
    for way in ("forward", "backward"):
        block = "" if block == way else block.removesuffix(f".{way}")
    return ".".join(filter(None, [block, edit.key]))


def _of_network(job: Job, edit: Edit, invocation: Invocation) -> str:
    """What is of the network as a whole, or of its input: mostly there is a flag."""
    key, value = edit.key, edit.value
    if key in invocation.own_inputs or (job.model.wiring and "." not in key):
        raise TooMuchError
    if not invocation.typed:
        return f"give {key} as {_yaml(value)}" if value is not None else f"leave {key} out"
    if key == "layers":
        if not invocation.file:
            raise TooMuchError
        return f"add --layers {shell.word(value)}"
    if key in ("lengths", "mask") and value is None:
        return _unmarked(job, key, invocation)
    if key in ("h0", "c0") and np.ndim(value) == 0 and value == 0 and key in invocation.flags:
        return f"leave {invocation.flags[key]} out"
    if key in ("mode", "output.activation"):
        return f"add --{'mode' if key == 'mode' else 'activation-y'} {value}"
    if key in ("output.W_y", "output.bias"):
        key = {"output.W_y": "wy", "output.bias": "bias-y"}[key]
    elif "." in key:
        return _set(key, value)
    if key == "x" and (names := _columns(job.x, np.asarray(value), invocation.columns)):
        return f"add --columns {shell.word(','.join(names))}"
    return f"add {'-x' if key == 'x' else f'--{key}'} {_typed(value)}"


def _columns(before: Array, after: Array, names: Sequence[str]) -> list[str]:
    """The columns of a table in the order that makes another x of it; nothing where none does."""
    if len(names) != before.shape[-1] or after.size != before.size:
        return []
    ours, theirs = (x.reshape(-1, before.shape[-1]).T for x in (before, after))
    if ours.shape != theirs.shape:
        return []
    places = [
        next((at for at, one in enumerate(ours) if np.array_equal(one, column)), -1)
        for column in theirs
    ]
    found = [names[at] for at in places if at >= 0]
    return found if len(found) == len(names) and len(",".join(found)) <= LONGEST else []


def _unmarked(job: Job, key: str, invocation: Invocation) -> str:
    """Padding or a mask is taken away."""
    if key in invocation.flags:
        return f"leave {invocation.flags[key]} out"
    if key == "mask":
        raise TooMuchError
    return f"add --lengths {','.join([str(job.x.shape[1])] * len(job.x))}"


def _flag(edit: Edit) -> str:
    if edit.key not in FLAGS:
        raise TooMuchError
    return f"add {FLAGS[edit.key]} {_typed(edit.value)}"


def _typed(value: Any) -> str:
    """A value on the command line."""
    return shell.word(_text(value))


def _text(value: Any) -> str:
    """A value before the shell reads it. Errors: TooMuchError for a long one."""
    if isinstance(value, Activation):
        return str(value)
    array = np.asarray(value, np.float64)
    if array.ndim > 2:
        text = _flow(array)
    else:
        rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
        text = ";".join(",".join(_number(float(one)) for one in row) for row in rows)
    if len(text) > LONGEST:
        raise TooMuchError
    return text


def _number(value: float) -> str:
    """All of its digits, but for what 0.8 - 1 leaves behind -0.2."""
    short = whole(float(f"{value:.{DIGITS}g}"))
    return short if sum(map(str.isdigit, short)) <= SHORT else whole(value)


def _yaml(value: Any) -> str:
    """A value in a config."""
    text = _flow(value)
    if len(text) > LONGEST:
        raise TooMuchError
    return text


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (bool, str)) or value is None:
        return json.dumps(value) if not isinstance(value, str) else value
    if isinstance(value, Activation):
        return str(value)
    array = np.asarray(value, np.float64)
    if array.ndim == 0:
        return _number(float(array))
    return f"[{', '.join(_flow(one) for one in array)}]"
