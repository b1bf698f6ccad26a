"""``--assume``: what a file leaves unsaid is said by whoever knows it.

What is assumed where nobody says it stands with the readers that miss it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.config.stateless import blocks_of
from rnncalc.equations.activations import activation
from rnncalc.errors import RnncalcError, listed, located, printable, suggestion
from rnncalc.readers.contents import reading
from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption, Part

TRUTHS = {"true": True, "false": False}
CHOICES = {**keys.CHOICES, "kind": ("embedding", "linear"), "pooling": ("average", "max")}
TRUE_OR_FALSE = ("reset_after", "mask_zero", "return_sequences", "zero_output_for_mask")
NUMBERS = ("epsilon", "masking")
"""Which values a key may have; an activation may be any that is known."""


class Word(NamedTuple):
    """One ``[LAYER.]KEY=VALUE``."""

    word: str
    layer: str
    key: str
    value: Any


def given(word: str) -> Word:
    """What ``lstm_1.activation=relu`` says: the last dot before = separates, whatever a name has.

    Errors: RnncalcError where there is no key or no value, or none that the key may have.
    """
    name, _, last = word.rpartition("=")
    if name.strip() and last.strip() == NOTHING:
        return Word(word, name.strip(), NOTHING, NOTHING)
    match = re.fullmatch(r"(?:(.*)\.)?\s*([^\W\d]\w*)\s*=(.*\S.*)", word, re.DOTALL)
    if not match:
        expected = "KEY=VALUE or LAYER.KEY=VALUE was expected"
        raise RnncalcError(f"--assume {printable(word)}: {expected}: rnn.activation=relu")
    layer, key, text = match.groups()
    with located(f"--assume {printable(word)}"):
        return Word(word, layer or "", key, _checked(key, _value(text.strip())))


def _checked(key: str, value: Any) -> Any:
    """The value, if it is one that the key may have. Errors: RnncalcError."""
    if key.endswith("activation"):
        activation(value if isinstance(value, str) else shown(value))
    if key in CHOICES and value not in CHOICES[key]:
        hint = suggestion(str(value), CHOICES[key])
        raise RnncalcError(f"{key} '{printable(str(value))}' is not known. {hint}")
    if key in TRUE_OR_FALSE and not isinstance(value, bool):
        raise RnncalcError("true or false was expected")
    if key in NUMBERS and not isinstance(value, float):
        raise RnncalcError("a number was expected")
    return value


def assuming(contents: Contents, words: Iterable[str]) -> Contents:
    """The contents with what was said in place of what was assumed.

    Errors: RnncalcError for what the file does say, and for what nobody has to assume.
    """
    every = []
    for one in map(given, words):
        choice = contents.choices.get(".".join(filter(None, [one.layer, one.key])))
        if choice is None:
            every.append(one)
        else:
            with located(f"--assume {printable(one.word)}"):
                contents = choice(Assumption(one.layer, one.key, one.value, SAID))
    parts = [replace(part, block=dict(part.block)) for part in contents.parts]
    contents = replace(contents, parts=parts, assumed=list(contents.assumed))
    for one in every:
        if not (
            _of_network(contents, one)
            or reading.say(contents, one.layer, one.key, one.value, SAID)
            or _of_layers(contents, one)
            or _of_name_only(contents, one)
        ):
            raise RnncalcError(_refusal(contents, one))
    reading.settle(contents, SAID)
    return contents


def assuming_arrays(said: Said, words: Iterable[str]) -> Said:
    """What an npz file says, with what was said in place of what was assumed.

    Errors: RnncalcError for what nobody has to assume.
    """
    assumed = list(said.assumed)
    blocks = {block.get("name", "output" if "output" in path else "layer0"): block
              for path, block in blocks_of(said.data)}  # fmt: skip
    for one in map(given, words):
        if of_head := reading.say_of_arrays(said, one.layer, one.key, one.value, SAID):
            assumed.append(of_head)
            continue
        found = [i for i, each in enumerate(assumed)
                 if each.key == one.key and one.layer in _names(each)]  # fmt: skip
        if found:
            _refuse_given(one)
        else:
            known = ", ".join(".".join(filter(None, each[:2])) for each in assumed) or "nothing"
            message = f"there is no such assumption. Assumed here: {printable(known, 300)}"
            raise RnncalcError(f"--assume {printable(one.word)}: {message}")
        for i in found:
            blocks[assumed[i].layer][one.key] = one.value
            assumed[i] = assumed[i]._replace(value=one.value, why=SAID)
    said.assumed = tuple(assumed)
    return said


def _names(one: Assumption) -> tuple[str, ...]:
    """What it may be called by; without a layer's name all recurrent layers are meant."""
    return (one.layer,) if one.layer == "output" else ("", one.layer)


def _value(text: str) -> Any:
    if text in TRUTHS:
        return TRUTHS[text]
    return float(text) if re.fullmatch(r"-?\d*\.?\d+([eE]-?\d+)?", text, re.ASCII) else text


def _of_network(contents: Contents, one: Word) -> bool:
    """Whether it replaces something that is assumed of the network as a whole."""
    if one.layer or one.key not in {each.key for each in contents.assumed}:
        return False
    _refuse_given(one)
    said = Assumption("", one.key, one.value, SAID)
    contents.assumed[:] = [said if each.key == one.key else each for each in contents.assumed]
    return True


def _of_layers(contents: Contents, one: Word) -> bool:
    """Whether it replaces something that is assumed of a layer, or of several."""
    found = [each for part in contents.parts for each in part.assumed if _means(part, each, one)]
    owners = {each.layer for each in found}
    if found:
        _refuse_given(one)
    if found and one.key == "kind":
        return _of_kind(contents, one)
    for part in contents.parts:
        if any(part.name == owner or part.name.startswith(f"{owner}.") for owner in owners):
            part.block[one.key] = one.value
        part.assumed = [
            each._replace(value=one.value, why=SAID) if each in found else each
            for each in part.assumed
        ]
    return bool(found)


ELSEWHERE = {
    "layers": "the order of layers is said by --layers",
    "weights": "the file of weights is named by --weights",
    "index": "an index that is named in place of the shard is read instead",
    "lengths": "the lengths of sequences are given by --lengths",
    "h0": "initial states are given by --h0",
    "c0": "initial states are given by --c0",
}
"""What has a flag of its own."""

FLAGS = ("layers", "weights", "lengths", "h0", "c0")
"""Those whose flag has their name."""


def remedy(assumed: Iterable[Assumption], verb: str) -> str:
    """Which flags say what was assumed: ``--layers and --assume KEY=VALUE say it``."""
    keys = dict.fromkeys(one.key for one in assumed)
    words = [f"--{key}" for key in keys if key in FLAGS]
    words += ["--assume KEY=VALUE"] if any(key not in ELSEWHERE for key in keys) else []
    return f"{' and '.join(words)} say{'s' * (len(words) == 1)} {verb}" if words else ""


def _refuse_given(one: Word) -> None:
    if one.key in ELSEWHERE:
        raise RnncalcError(f"--assume {one.key}=...: {ELSEWHERE[one.key]}")


def _of_kind(contents: Contents, one: Word) -> bool:
    """Whether a matrix alone is now what was said: an embedding, or a linear layer."""
    for part in contents.parts:
        if one.layer not in (part.name, part.path) or one.value not in ("embedding", "linear"):
            continue
        table = part.block.get("weights", part.block.get("weight"))
        name = "kernel" if contents.convention == "keras" else "weight"
        linear = {name: table, "activation": "linear"}
        part.kind = "embedding" if one.value == "embedding" else "output"
        part.block = {"weights": table} if one.value == "embedding" else linear
        part.assumed = [each._replace(value=one.value, why=SAID) if each.key == "kind" else each
                        for each in part.assumed]  # fmt: skip
        return True
    return False


def _of_name_only(contents: Contents, one: Word) -> bool:
    """Whether a layer of which the file has but the name is now nothing, or an activation."""
    named = (part for part in contents.parts if one.layer in (part.name, part.path))
    part = next((part for part in named if part.name_only), None)
    if part is None or one.key not in (NOTHING, "activation"):
        return False
    key = "" if one.key == NOTHING else one.key
    part.kind, part.problem = "output" if key else "nothing", ""
    part.block = {key: one.value} if key else {}
    part.assumed = [Assumption(part.name, key, one.value, SAID)]
    return True


NOTHING = "nothing"
"""What a layer may be said to be that changes no number."""

SAID = "as --assume says"


def _means(part: Part, assumption: Assumption, one: Word) -> bool:
    """Whether an assumption is meant; without a layer's name all of recurrent layers are."""
    if assumption.key != one.key:
        return False
    if not one.layer:
        return part.kind == "recurrent"
    names = (part.name, part.path, assumption.layer)
    return one.layer in names or part.path.startswith(f"{one.layer}.")


def _refusal(contents: Contents, one: Word) -> str:
    """Why it cannot be assumed: the file says it, or nobody has to."""
    start = f"--assume {printable(one.word)}: "
    if (one.layer, one.key) == ("", "mode"):
        return f"{start}the file says it; --mode takes another one"
    names = dict.fromkeys(name for part in contents.parts for name in (part.path, part.name))
    if one.layer and one.layer not in {*names, *(each.layer for each in contents.assumptions)}:
        return f"{start}there is no layer '{printable(one.layer)}'. {suggestion(one.layer, names)}"
    for part in contents.parts:
        if one.value == NOTHING and one.layer in (part.name, part.path):
            return f"{start}the file says what it is: {printable(part.says)}"
        if one.layer in ("", part.name, part.path) and one.key in part.block:
            return f"{start}the file says it: {part.name}.{one.key} is {shown(part.block[one.key])}"
    known = [".".join(filter(None, [each.layer, each.key])) for each in contents.assumptions]
    known += reading.words(contents)
    assumed = listed([*dict.fromkeys(printable(name) for name in known)]) or "nothing"
    return f"{start}there is no such assumption. Assumed here: {assumed}"


def shown(value: Any) -> str:
    """A value as a config has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else printable(str(value))
