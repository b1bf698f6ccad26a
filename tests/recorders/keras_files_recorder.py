"""Model files of Keras: a model is made, filled with numbers, saved and run, in either Keras.

Whether the file holds what was run, the Keras that wrote it is asked, which reads it again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import golden_file
import numpy as np
import tensorflow as tf
from golden_file import Array, Document, Numbers, Recorded, head, refuse_dead
from keras_files_saving import saved
from keras_files_watching import leaves, parts, plain, results, said, sequence, watched
from keras_files_words import BATCH, FEATURES, TIMESTEPS, VOCABULARY, Case, Make

FOLDER = "files/keras"

HALF = {"float16": "float16", "bfloat16": "bfloat16"}

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Recorder:
    """Asks one of the two Kerases.

    Args:
        framework: ``keras`` or ``tf_keras``.
        keras: its module.
    """

    def __init__(self, framework: str, keras: ModuleType) -> None:
        self.framework = framework
        self.keras = keras

    def recorded(self, case: Case) -> Recorded:
        """Make a model, save it, run it."""
        numbers = Numbers(f"{self.framework}_files", case.name, drawn_in(case.policy))
        x = drawn_x(case, numbers)
        given = {"mask": np.array(case.padding) > 0} if case.given else {}
        model = self.filled(case, x, numbers)
        content = self.content(case, model)
        model = self.loaded(case, case.twin, content, x) if case.twin else model
        more = model.inputs[1:] if case.begins else ()
        states = [numbers.values(BATCH, one.shape[-1]) for one in more]
        inputs = [x, *states] if states else x
        calls, found = watched(self.keras, model, inputs, given)
        if case.reload and not case.twin:
            with case.under():
                self.compare(case, content, inputs, given, found)
        reset(self.keras, model)
        steps = sequence(calls)
        named = dict(zip(case.gives, found, strict=True) if case.gives else ())
        out = steps if case.gives else np.concatenate(found, axis=-1)
        expected = {"out": out, "h": steps, **named}
        if case.policy not in ("float32", "float64"):
            expected["out_float32"] = self.exactly(case, model, x, given)
        refuse_dead(f"{self.framework}_files/{case.name}", expected)
        about = f"{said(calls)}{case.about and '; '}{case.about}."
        told = parts(calls, nothing="weights" not in case.suffix)
        begun = {key: [one for name, one in zip(case.begins, states, strict=True) if name == key]
                 for key in dict.fromkeys(case.begins)}  # fmt: skip
        start = {**self.head(numbers, about), **said_of(case, x), **begun}
        return {**start, "expected": expected, "parts": told}, {case.file: content}

    def content(self, case: Case, model: Any) -> bytes:
        """The bytes of the file."""
        with case.under():
            content = saved(model, case.file, case.suffix)
        return case.change(content) if case.change else content

    def head(self, numbers: Numbers, about: str) -> Document:
        """How every document begins."""
        return head(numbers, about, self.framework, "tensorflow")

    def fresh(self, make: Make, policy: str) -> Any:
        """A model as it is made, in nobody's shadow."""
        self.keras.backend.clear_session()
        self.keras.utils.set_random_seed(1)
        policies = getattr(self.keras, "config", None) or self.keras.mixed_precision
        setter = getattr(policies, "set_dtype_policy", None) or policies.set_global_policy
        setter(policy)
        try:
            return make(self.keras)
        finally:
            setter("float32")

    def filled(self, case: Case, x: Array, numbers: Numbers) -> Any:
        """The model with weights of ours, trained for a step where that is wanted."""
        model = self.fresh(case.make, case.policy)
        if not model.built:
            model(x)
        draw(model, numbers)
        if case.fitted:
            model.compile("adam", "mse", run_eagerly=True)
            shape = np.shape(model(x))
            model.fit(x, numbers.values(*shape), epochs=2, batch_size=BATCH, verbose=0)
            reset(self.keras, model)
        return model

    def exactly(self, case: Case, model: Any, x: Array, given: dict[str, Any]) -> Array:
        """What the same weights give in float32."""
        twin = self.fresh(case.make, "float32")
        twin.set_weights([np.asarray(weight, np.float32) for weight in model.get_weights()])
        return plain(twin(x, **given))

    def loaded(self, case: Case, make: Make, content: bytes, inputs: Any) -> Any:
        """A model with the weights of a file."""
        model = self.fresh(make, case.policy)
        if not model.built:
            model(inputs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / case.file
            path.write_bytes(content)
            model.load_weights(str(path))
        return model

    def whole(self, case: Case, content: bytes) -> Any:
        """The model that Keras makes of a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / case.file
            path.write_bytes(content)
            return self.keras.models.load_model(str(path), compile=False)

    def compare(
        self, case: Case, content: bytes, inputs: Any, given: dict[str, Any], found: list[Array]
    ) -> None:
        """Keras itself reads the same network in the file."""
        if "weights" in case.suffix:
            model = self.loaded(case, case.make, content, inputs)
        else:
            model = self.whole(case, content)
        again = results(model, inputs, given)
        if not all(map(np.array_equal, again, found)):
            raise SystemExit(f"{case.name}: the file gives other numbers: {again} {found}")


def said_of(case: Case, x: Array) -> Document:
    """What a reader is given, and has to be told."""
    mask = np.array(case.padding if case.given else ())
    told = {"assume": case.assume, "layers": case.layers, "x": x, "mask": mask}
    used = {key: value for key, value in told.items() if len(value)}
    return {"file": case.file, "dtype": case.policy, **used}


def drawn_in(policy: str) -> str:
    """What the numbers of a document are: half precision is told in float32."""
    return policy if policy == "float64" else "float32"


def rounded(values: Array, policy: str) -> Array:
    """The numbers that half precision has."""
    half = HALF.get(policy.removeprefix("mixed_"))
    return tf.cast(tf.cast(values, half), tf.float32).numpy() if half else values


def drawn_x(case: Case, numbers: Numbers) -> Array:
    """Ids or features, padded where that is wanted."""
    if case.ids:
        x = numbers.ids(VOCABULARY, BATCH, TIMESTEPS)
    else:
        x = rounded(numbers.values(BATCH, TIMESTEPS, FEATURES), case.policy)
    if case.pad is not None:
        x[np.array(case.padding) == 0] = case.pad
    return x


def draw(model: Any, numbers: Numbers) -> None:
    """Weights, biases and statistics, all different; variances are positive."""
    for weight in model.weights:
        values = numbers.weights(*weight.shape)
        values = abs(values) + 0.3 if "variance" in weight.name else values
        weight.assign(tf.cast(values, weight.dtype))


def reset(keras: ModuleType, model: Any) -> None:
    """A stateful layer forgets what it has read."""
    for layer in leaves(keras, model):
        if getattr(layer, "stateful", False):
            (layer.reset_state if hasattr(layer, "reset_state") else layer.reset_states)()


def write(recordings: dict[str, Recorded], old: bool) -> int:
    """All files of one Keras, in place of its earlier ones; how many."""
    return golden_file.write_files(
        FOLDER, recordings.items(), lambda name: name.startswith("keras2_") == old
    )
