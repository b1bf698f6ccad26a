"""Model files of Keras that must be refused: code, and what is no chain of known layers.

None does harm. Each says what a message must contain: the name of what cannot be computed.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_files_nets as nets
from golden_file import Numbers, Recorded
from keras_files_recorder import Recorder, draw
from keras_files_saving import saved, steady
from keras_files_words import SEQUENCES, Case, L, S
from rewriting import archive

ALL = SEQUENCES
WEIGHTS = {"suffix": "weights.h5"}
OLD = {"suffix": "h5"}


def quantized(keras: Any) -> Any:
    """Its Dense keeps integers and scales."""
    model = S(L.LSTM(4, **ALL), L.Dense(2))(keras)
    model.quantize("int8")
    return model


REFUSED: list[tuple[str, Case]] = [
    ("Lambda", Case("lambda", nets.anonymous, "a Lambda in front, whose byte code is in the file")),
    ("Lambda", Case("lambda_h5", nets.anonymous, "a Lambda in front", **OLD)),
    ("Scaled", Case("own_layer", nets.own_layer, "a registered layer of somebody's own")),
    ("Decay", Case("own_cell", nets.own_cell, "a registered cell of somebody's own")),
    ("bent", Case("own_activation", nets.own_activation, "an activation of somebody's own")),
    ("go_backwards", Case(
        "bidirectional_of_backwards",
        S(L.Bidirectional(L.GRU(4, go_backwards=True), backward_layer=L.GRU(4))),
        "the forward layer goes backwards, and the backward layer forwards")),
    ("conv1d", Case("convolution_weights", S(L.Conv1D(4, 2), L.LSTM(2)),
                    "the weights of a convolution and an LSTM", **WEIGHTS)),
    ("LSTM", Case("time_distributed_lstm", S(L.TimeDistributed(L.LSTM(4)), shape=(None, 2, 3)),
                  "TimeDistributed around an LSTM")),
    ("ConvLSTM1D", Case("convolutional_lstm", S(L.ConvLSTM1D(2, 3), shape=(None, 4, 3)),
                        "ConvLSTM1D")),
    ("batch_normalization", Case("batch_normalization_of_steps",
                                 S(L.LSTM(4, **ALL), L.BatchNormalization(axis=1), shape=(5, 3)),
                                 "normalized by timestep")),
    ("rms_scaling", Case("rms_scaling", S(L.LSTM(4), L.LayerNormalization(rms_scaling=True)),
                         "LayerNormalization without a mean")),
    ("Normalization", Case("normalization_in_front", S(L.Normalization(), L.GRU(4)),
                           "inputs scaled by a mean and a variance that were adapted to data")),
    ("repeat_vector", Case("repeated_weights",
                           S(L.LSTM(4), L.RepeatVector(5), L.LSTM(3, **ALL)),
                           "the weights of an autoencoder", **WEIGHTS)),
    ("lambda", Case("lambda_weights", nets.anonymous, "the weights of a model with a Lambda",
                    **WEIGHTS)),
    ("where global_max_pooling1d runs",
     Case("pooling_somewhere", S(L.LSTM(4, **ALL), L.GlobalMaxPooling1D(), L.Dense(4)),
          "weights that do not tell whether the pooling or the Dense comes first", **WEIGHTS)),
    ("channels_first", Case("flatten_channels_first",
                            S(L.LSTM(4, **ALL), L.Flatten(data_format="channels_first"),
                              L.Dense(2), shape=(5, 3)), "flattened feature by feature")),
    ("lstm", Case("unbuilt", lambda keras: keras.Sequential([keras.layers.LSTM(4)]),
                  "a model that was never built, so that there are no weights")),
    ("slopes of its own for every timestep",
     Case("prelu_of_steps", S(L.LSTM(4, **ALL), L.PReLU(), shape=(5, 3)),
          "PReLU with slopes for each timestep")),
    ("no recurrent", Case("no_recurrent", S(L.Dense(4), L.Dense(2)), "two Dense layers")),
    ("no recurrent", Case("no_recurrent_weights", S(L.Dense(4), L.Dense(2)),
                          "the weights of two Dense layers", **WEIGHTS)),
    ("dense", Case("quantized", quantized, "a Dense in int8")),
    ("Cropping1D", Case("cropped", S(L.GRU(4, **ALL), L.Cropping1D(1)), "steps are cut off")),
]  # fmt: skip


REFUSED_BY_TF_KERAS: list[tuple[str, Case]] = [
    ("Lambda", Case("lambda", nets.anonymous, "a Lambda in front", **OLD)),
    ("time_major", Case("time_major", S(L.LSTM(4, time_major=True, **ALL)),
                        "time is the first axis, and not the second")),
    ("conv1d", Case("convolution_names", S(L.Conv1D(4, 2), L.LSTM(2)),
                    "the weights of a convolution and an LSTM", suffix="weights/h5")),
    ("no recurrent", Case("no_recurrent", S(L.Dense(4), L.Dense(2)), "two Dense layers", **OLD)),
    ("repeat_vector", Case("repeated_names", S(L.LSTM(4), L.RepeatVector(5), L.LSTM(3, **ALL)),
                           "the weights of an autoencoder", suffix="weights/h5")),
    ("max_pooling1d", Case("pooled_names", S(L.LSTM(4, **ALL), L.MaxPooling1D(2), L.LSTM(3)),
                           "the weights of a model with MaxPooling1D", suffix="weights/h5")),
    ("shaped", Case("named_otherwise", S(L.Lambda(abs, name="shaped"), L.LSTM(3)),
                    "the weights of a Lambda that has a name of its own", suffix="weights/h5")),
]  # fmt: skip


def refused(
    recorder: Recorder, cases: list[tuple[str, Case]], prefix: str = "refused_"
) -> dict[str, Recorded]:
    """Every document and the bytes of its file, by its name."""
    named = {f"{prefix}{case.name}": (text, case) for text, case in cases}
    return {name: one(recorder, name, *what) for name, what in named.items()}


def with_npz_inside(recorder: Recorder) -> dict[str, Recorded]:
    """Without HDF5, Keras puts a pickle into model.weights.npz."""
    name = "refused_npz_inside"
    model, numbers = filled(recorder, name, Case(name, S(L.LSTM(4))))
    document = told(recorder, numbers, f"{name}.keras", "weights in an .npz of objects", "npz")
    return {name: (document, {document["file"]: npz_inside(model)})}


def one(recorder: Recorder, name: str, text: str, case: Case) -> Recorded:
    """One file that must be refused."""
    file = replace(case, name=name).file
    model, numbers = filled(recorder, name, case)
    content = saved(model, file, case.suffix)
    return told(recorder, numbers, file, case.about, text), {file: content}


def filled(recorder: Recorder, name: str, case: Case) -> tuple[Any, Numbers]:
    """The model with numbers of ours."""
    numbers = Numbers(f"{recorder.framework}_files", name, "float32")
    model = recorder.fresh(case.make, case.policy)
    draw(model, numbers)
    return model, numbers


def told(recorder: Recorder, numbers: Numbers, file: str, about: str, text: str) -> dict[str, Any]:
    """The document of a file that must be refused."""
    head = recorder.head(numbers, f"To be refused: {about}.")
    return {**head, "file": file, "refused": text}


def npz_inside(model: Any) -> bytes:
    """Without HDF5, Keras puts a pickle into model.weights.npz."""
    from keras.src.saving import saving_lib

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        saving_lib.save_model(model, path, weights_format="npz")
        return archive(path.read_bytes(), steady)
