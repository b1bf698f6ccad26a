"""The words in which a model file of Keras is described, for Keras 3 and for Keras 2 (tf_keras).

``record_keras_files.py`` and ``record_tf_keras_files.py`` list files in them,
``keras_files_recorder.py`` builds, fills, saves and runs what they say.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from keras_words import HOLES, Mask

BATCH, TIMESTEPS, FEATURES, VOCABULARY = 3, 5, 3, 7

Make = Callable[[Any], Any]
"""A model, made by one of the two Kerases."""

Change = Callable[[bytes], bytes]

SEQUENCES: dict[str, Any] = {"return_sequences": True}


class Lazy:
    """A layer or a cell that is made when it is known by which Keras, and called then."""

    def __init__(self, kind: str, *arguments: Any, module: str = "", **options: Any) -> None:
        self.kind, self.arguments, self.module, self.options = kind, arguments, module, options

    def __call__(self, keras: Any) -> Any:
        """Make it, and what stands in its arguments."""
        arguments = [made(keras, argument) for argument in self.arguments]
        options = {key: made(keras, option) for key, option in self.options.items()}
        place = import_module(self.module) if self.module else keras.layers
        return getattr(place, self.kind)(*arguments, **options)


def made(keras: Any, argument: Any) -> Any:
    """What an argument becomes."""
    if isinstance(argument, list):
        return [made(keras, part) for part in argument]
    return argument(keras) if isinstance(argument, (Lazy, Sequential)) else argument


class Layers:
    """``L.LSTM(4)`` is a Lazy of keras.layers.LSTM(4), or of another module's LSTM(4)."""

    def __init__(self, module: str = "") -> None:
        self._module = module

    def __getattr__(self, kind: str) -> Callable[..., Lazy]:
        return partial(Lazy, kind, module=self._module)


L = Layers()


class Sequential:
    """A Sequential of these layers; ids of an Embedding where ``ids`` are said to come in."""

    def __init__(self, *layers: Any, ids: bool = False, **options: Any) -> None:
        self.layers, self.ids = layers, ids
        self.shape = options.pop("shape", (None,) if ids else (None, FEATURES))
        self.options = options

    def __call__(self, keras: Any) -> Any:
        """Make it."""
        start = keras.Input(self.shape, dtype="int32") if self.ids else keras.Input(self.shape)
        return keras.Sequential([start, *(layer(keras) for layer in self.layers)], **self.options)


S = Sequential


@dataclass(frozen=True)
class Case:
    """One file.

    Attributes:
        make: the model.
        about: what is to be known of it besides its layers.
        suffix: how the file's name ends: keras, h5, weights.h5; weights/h5 is an .h5 file by
            save_weights.
        policy: the dtype policy under which it is made.
        ids: whether it reads ids.
        pad: what the masked steps of x are filled with; None where none are.
        padding: which steps are masked, where some are.
        given: whether the padding is given to the call as its mask.
        assume: what a reader must be told, because the file does not say it.
        layers: the layers that are run, in their order, where a file does not tell it.
        fitted: whether it is compiled, trained for a step and saved with its optimizer.
        under: in what circumstances it is saved.
        twin: the model that is run with the file's weights, where the first one cannot be run here.
        change: what is done to the file after it was saved.
        gives: the names of several outputs; without names they are laid side by side.
        begins: which states the inputs behind the first are: ``("h0", "c0")``.
        reload: whether its Keras reads the file again, which is then compared.
    """

    name: str
    make: Make
    about: str = ""
    suffix: str = "keras"
    policy: str = "float32"
    ids: bool = False
    pad: float | None = None
    padding: Mask = HOLES
    given: bool = False
    assume: tuple[str, ...] = ()
    layers: str = ""
    fitted: bool = False
    under: Callable[[], AbstractContextManager[Any]] = nullcontext
    twin: Make | None = None
    change: Change | None = None
    gives: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    reload: bool = True

    @property
    def file(self) -> str:
        """Its name, with the suffix."""
        return f"{self.name}.{self.suffix.rpartition('/')[2]}"
