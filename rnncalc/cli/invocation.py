"""Where the network of a command came from, for remedies: which file, which flags, which keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnncalc.checking.diagnosis import Invocation
from rnncalc.cli.requests import NetworkRequest
from rnncalc.config import keys
from rnncalc.config.said import Said
from rnncalc.files import shell
from rnncalc.files.descriptors import is_stream
from rnncalc.numbers.input_file import Source


def invocation_of(said: Said, network: NetworkRequest) -> Invocation:
    """How a network was given."""
    file = network.file or ""
    file = "-" if file and (file == "-" or is_stream(Path(file))) else file
    flags = {str(way[-1]): flag for way, flag in said.flags.items()}
    if network.state:
        flags |= {"h0": "--state", "c0": "--state"}
    words = ["--layers", ",".join(network.layers)] if network.layers else []
    words += ["--weights", network.weights] if network.weights else []
    for word in network.assume:
        words += ["--assume", word]
    for word in network.set:
        words += ["--set", word]
    assumed = frozenset((one.layer, one.key) for one in said.assumed)
    blocks = _blocks(said) if said.document else None
    own = blocks is not None and all(map(_own, _parts(said)))
    several = len(said.data.get("layers") or ()) > 1
    columns = network.x.features if isinstance(network.x, Source) else ()
    options = shell.line(words)
    return Invocation(True, file, flags, blocks, own, assumed, options, several, columns)


def _blocks(said: Said) -> dict[tuple[int, str], str] | None:
    """Where a config describes each direction; None where that is not plain."""
    if said.picked or any(part.get("cells") is not None for part in _parts(said)):
        return None
    several = said.data.get("layers") is not None
    places = {}
    for index, block in enumerate(said.data["layers"] if several else [said.data]):
        inner = [way for way in ("forward", "backward") if block.get(way) is not None]
        for way in inner or [str(block.get("direction") or "forward")]:
            names = [f"layers[{index}]"] if several else []
            places[index, way] = ".".join([*names, *([way] if inner else [])])
    return places


def _parts(said: Said) -> list[dict[str, Any]]:
    """The blocks of layers, and those of directions in them."""
    blocks = said.data.get("layers") or [said.data]
    inner = [block[way] for block in blocks for way in ("forward", "backward") if block.get(way)]
    return [*blocks, *inner]


def _own(block: dict[str, Any]) -> bool:
    """Whether the weights of a block are in our own names: bias is Keras', too."""
    foreign = [key for key in block if keys.is_framework(key) and key not in keys.OWN]
    return not foreign and block.get("convention") in (None, "textbook")
