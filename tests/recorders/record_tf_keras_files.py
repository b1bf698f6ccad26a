"""Which model files Keras 2 (tf_keras) is asked for: its hard_sigmoid is another, its configs have
time_major, the names of its groups no attribute; the older layers and what older Kerases wrote.

    python tests/recorders/record.py tf_keras_files

The files stand in ``files/keras/`` beside those of Keras 3; their names begin with keras2.
"""

from __future__ import annotations

from dataclasses import replace

import keras_files_nets as nets
from keras_files_first import first, weights_first, weights_numbered
from keras_files_nets import chain, functional, sequential
from keras_files_old import (
    before_cells,
    dependencies,
    dependencies_counted,
    weights_before_cells,
    windows,
    windows_inside,
)
from keras_files_recorder import Recorder, write
from keras_files_refused import REFUSED_BY_TF_KERAS, refused
from keras_files_saving import chunked
from keras_files_words import SEQUENCES, VOCABULARY, Case, L, Layers, S
from keras_words import HOLES, PADDED

ALL = SEQUENCES
OLD = {"suffix": "h5"}
WEIGHTS = {"suffix": "weights.h5"}
OLD_WEIGHTS = {"suffix": "weights/h5"}
LONG = "an_output_layer_with_a_name"
LAST = "mode=many-to-one"
IDS = {"ids": True, "pad": 0, "padding": PADDED}
HARD = {"recurrent_activation": "hard_sigmoid"}
OLD_GRU = {"reset_after": False, **HARD}
BEFORE = {"reload": False, **OLD}
FIRST = {"reload": False, **OLD_WEIGHTS}

LSTM_V1 = Layers("tf_keras.src.layers.rnn.lstm_v1")
GRU_V1 = Layers("tf_keras.src.layers.rnn.gru_v1")
CUDNN_LSTM = Layers("tf_keras.src.layers.rnn.cudnn_lstm")
CUDNN_GRU = Layers("tf_keras.src.layers.rnn.cudnn_gru")


def embedding(**options: bool) -> object:
    """An Embedding of seven words."""
    return L.Embedding(VOCABULARY, 3, **options)


ARCHIVES = [
    Case("simple_rnn", S(L.SimpleRNN(4, **ALL), L.Dense(2))),
    Case("simple_rnn_hard_sigmoid", S(L.SimpleRNN(4, activation="hard_sigmoid", **ALL))),
    Case("gru", S(L.GRU(4, **ALL))),
    Case("gru_old", S(L.GRU(4, **OLD_GRU, **ALL), L.Dense(2, "hard_sigmoid"))),
    Case("lstm_old", S(L.LSTM(4, **HARD, **ALL))),
    Case("lstm_double", S(L.LSTM(4, dtype="float64", **ALL)), policy="float64"),
    Case("lstm_swish", S(L.LSTM(4, activation="swish"), L.Dense(2, "exponential"))),
    Case("lstm_stateful",
         lambda keras: keras.Sequential([keras.layers.InputLayer(batch_input_shape=(3, 5, 3)),
                                         keras.layers.LSTM(4, stateful=True)]),
         "stateful, its first call"),
    Case("gru_backwards", S(L.GRU(4, go_backwards=True, **ALL), L.LSTM(2))),
    Case("time_major_said", S(L.GRU(4, implementation=1, **ALL)), "implementation 1"),
    Case("bidirectional", S(L.Bidirectional(L.LSTM(4, **HARD, **ALL), merge_mode="sum"))),
    Case("bidirectional_other_backward",
         S(L.Bidirectional(L.GRU(2, **ALL), backward_layer=L.GRU(
             2, activation="softsign", go_backwards=True, name="back", **ALL)))),
    Case("cells", S(L.RNN([L.LSTMCell(4, **HARD), L.GRUCell(2)], **ALL))),
    Case("one_cell", S(L.RNN(L.GRUCell(4, reset_after=False)))),
    Case("masking", S(L.Masking(-1), L.LSTM(4, **ALL), L.Dropout(0.2), L.GRU(2)),
         pad=-1, padding=HOLES),
    Case("embedding_mask_zero",
         S(embedding(mask_zero=True), L.Bidirectional(L.GRU(2, **OLD_GRU)), L.Dense(1), ids=True),
         **IDS),
    Case("normalized",
         S(L.BatchNormalization(), L.LSTM(4, **ALL), L.LayerNormalization(), L.GRU(2))),
    Case("time_distributed", S(L.LSTM(4, **ALL), L.TimeDistributed(L.Dense(2, "softmax")))),
    Case("nested", S(functional(3, L.LSTM(4, **ALL), L.GRU(2, **ALL), name="inner"), L.LSTM(5))),
    Case("functional_masked", nets.masked_functional, **IDS),
    Case("swapped_names", nets.swapped, "b is the first, a the second"),
    Case("leaky_relu", S(L.LSTM(4, **ALL), L.SimpleRNN(5, activation="leaky_relu"))),
    Case("leaky_relu_layer", S(L.LSTM(4), L.Dense(5), L.LeakyReLU(), L.Dense(4), L.ELU(0.6)),
         "its LeakyReLU is made without a slope"),
    Case("pooling", S(L.GRU(4, **ALL), L.GlobalAveragePooling1D(), L.Dense(2))),
    Case("mixed_float16", S(L.GRU(4, **ALL), L.Dense(2)), policy="mixed_float16"),
    Case("windows", S(L.LSTM(4, **ALL), L.Dense(2)), "its groups named as on Windows",
         change=windows_inside, reload=False),
    Case("fitted", S(L.LSTM(2), L.Dense(1)), "trained, with the state of Adam", fitted=True),
    Case("dependencies", S(L.LSTM(4, **HARD, **ALL), L.Dense(2)),
         "its groups named as by TensorFlow 2.13", under=dependencies),
    Case("dependencies_nested",
         S(L.Bidirectional(L.GRU(2, **ALL)), sequential(4, L.LSTM(3), name="inner"), L.Dense(1)),
         "its groups named as by TensorFlow 2.13", under=dependencies),
    Case("dependencies_counted",
         S(L.LSTM(4, **ALL), L.Dropout(0.1), L.LSTM(2, **ALL), L.GRU(3), L.Dense(4), L.Dense(2)),
         "its groups named as by TensorFlow 2.13, those of repeated classes with gaps",
         under=dependencies_counted, reload=False),
]  # fmt: skip

WHOLE = [
    Case("h5_simple_rnn", S(L.SimpleRNN(4, activation="relu", **ALL), L.Dense(2)), **OLD),
    Case("h5_gru", S(L.GRU(4, **ALL)), **OLD),
    Case("h5_gru_old", S(L.GRU(4, **OLD_GRU)), **OLD),
    Case("h5_lstm_old", S(L.LSTM(4, **HARD, **ALL), L.Dense(5, "relu"), L.Dense(2)), **OLD),
    Case("h5_bidirectional", S(L.Bidirectional(L.LSTM(4, **ALL)), L.Dense(2)), **OLD),
    Case("h5_cells", S(L.RNN([L.LSTMCell(4, **HARD), L.GRUCell(2)])), **OLD),
    Case("h5_masking", S(L.Masking(0.0), L.GRU(4, **OLD_GRU, **ALL), L.Dense(2)),
         pad=0, padding=HOLES, **OLD),
    Case("h5_embedding", S(embedding(mask_zero=True), L.LSTM(4, **HARD), L.Dense(1), ids=True),
         **IDS, **OLD),
    Case("h5_batch_normalization",
         S(L.BatchNormalization(), L.LSTM(4, **ALL), L.BatchNormalization(), L.GRU(2)), **OLD),
    Case("h5_normalized_last",
         S(L.LSTM(4), L.BatchNormalization(), L.Dense(5), L.LayerNormalization(), L.Dense(2)),
         "its config says axis 1 of rows", **OLD),
    Case("h5_states_given", nets.given_states("Bidirectional"),
         "further inputs are the states with which it begins", begins=("h0", "c0", "h0", "c0"),
         gives=("out", "bidirectional.forward.final.h", "bidirectional.forward.final.c",
                "bidirectional.backward.final.h", "bidirectional.backward.final.c"), **OLD),
    Case("h5_state_besides", nets.states_besides,
         "gives what its Dense gives, and the states of its LSTM",
         gives=("out", "lstm.forward.final.h", "lstm.forward.final.c"), **OLD),
    Case("h5_time_distributed", S(L.LSTM(4, **ALL), L.TimeDistributed(L.Dense(2))), **OLD),
    Case("h5_nested",
         chain(L.GRU(4, **ALL), sequential(4, L.LSTM(2, **ALL), name="inner"), L.Dense(2)), **OLD),
    Case("h5_functional_masked", nets.masked_functional, **IDS, **OLD),
    Case("h5_swapped_names", nets.swapped, "b is the first, a the second", **OLD),
    Case("h5_fitted", S(L.GRU(2), L.Dense(1)), "trained, with the state of Adam", fitted=True,
         **OLD),
    Case("h5_chunked",
         S(L.Bidirectional(L.LSTM(4, **ALL), name="both"), L.Dense(2, name=LONG), L.Dense(5)),
         "its lists of names are cut into several attributes, as those of large models are",
         under=chunked("tf_keras", 52), **OLD),
    Case("h5_gru_v1", S(GRU_V1.GRU(4, **ALL), L.Dense(2)),
         "the class of TensorFlow 1: hard_sigmoid, reset before", **OLD),
    Case("h5_lstm_v1", S(L.Bidirectional(LSTM_V1.LSTM(4))), "the class of TensorFlow 1", **OLD),
    Case("h5_cudnn_lstm", S(CUDNN_LSTM.CuDNNLSTM(4, name="lstm", **ALL), L.Dense(2)),
         "saved as CuDNNLSTM, run as LSTM", twin=S(L.LSTM(4, **ALL), L.Dense(2)), **OLD),
    Case("h5_cudnn_gru", S(CUDNN_GRU.CuDNNGRU(4, name="gru")),
         "saved as CuDNNGRU, run as GRU", twin=S(L.GRU(4)), **OLD),
    Case("h5_cudnn_bidirectional",
         S(L.Bidirectional(CUDNN_LSTM.CuDNNLSTM(4, name="lstm", **ALL))),
         "saved as Bidirectional(CuDNNLSTM)",
         twin=S(L.Bidirectional(L.LSTM(4, **ALL))), **OLD),
    Case("h5_before_cells_lstm",
         S(L.LSTM(4, name="lstm_1", **HARD, **ALL), L.Dense(2, name="dense_1")),
         "rewritten as by Keras 2.2", change=before_cells("2.2.4"), **BEFORE),
    Case("h5_before_cells_gru",
         S(L.GRU(4, name="gru_1", **OLD_GRU), L.Dense(2, name="dense_1")),
         "rewritten as by Keras 2.1: reset_after is not said, the config is a list",
         change=before_cells("2.1.6", as_list=True), **BEFORE),
    Case("h5_before_cells_bidirectional",
         S(L.Masking(0, name="masking_1"),
           L.Bidirectional(L.LSTM(2, name="lstm_1", **HARD), name="bidirectional_1"),
           L.Dense(1, name="dense_1")),
         "rewritten as by Keras 2.1, the config is a list", pad=0, padding=HOLES,
         change=before_cells("2.1.6", as_list=True), **BEFORE),
]  # fmt: skip

ALONE = [
    Case("weights_lstm", S(L.LSTM(4, **ALL), L.Dense(2)), **WEIGHTS),
    Case("weights_gru_old", S(L.GRU(4, **OLD_GRU, **ALL)),
         assume=("gru.recurrent_activation=hard_sigmoid_old",), **WEIGHTS),
    Case("weights_bidirectional", S(L.Bidirectional(L.GRU(4, **ALL))), **WEIGHTS),
    Case("weights_stack", S(L.SimpleRNN(4, **ALL), L.LSTM(2, **ALL), L.LSTM(5, **ALL)), **WEIGHTS),
    Case("weights_cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(2)], **ALL)), **WEIGHTS),
    Case("weights_subclassed", nets.by_groups, "a class of somebody's own",
         layers=",".join(nets.GROUPS), **WEIGHTS),
    Case("names_lstm", S(L.LSTM(4, **ALL), L.Dense(2)), **OLD_WEIGHTS),
    Case("names_gru_old", S(L.GRU(4, name="enc", **OLD_GRU), L.Dense(2, "sigmoid", name="out")),
         assume=("enc.recurrent_activation=hard_sigmoid_old", "out.activation=sigmoid", LAST),
         **OLD_WEIGHTS),
    Case("names_bidirectional",
         S(L.Bidirectional(L.SimpleRNN(4, **ALL), merge_mode="ave"), L.GRU(2, **ALL)),
         assume=("bidirectional.merge=ave",), **OLD_WEIGHTS),
    Case("names_cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(2)], **ALL)), **OLD_WEIGHTS),
    Case("names_nested",
         chain(L.GRU(4, **ALL), sequential(4, L.LSTM(2, **ALL), name="inner"), L.Dense(1)),
         **OLD_WEIGHTS),
    Case("names_embedding", S(embedding(), L.LSTM(4, **ALL), L.Dropout(0.1), L.Dense(2), ids=True),
         ids=True, **OLD_WEIGHTS),
    Case("names_swapped", nets.swapped, "b is the first, a the second", assume=(LAST,),
         **OLD_WEIGHTS),
    Case("names_normalized", S(L.BatchNormalization(), L.LSTM(4, **ALL), L.LayerNormalization()),
         **OLD_WEIGHTS),
    Case("names_chunked", S(L.LSTM(4, **ALL), L.GRU(2, **ALL), L.Dense(5, name=LONG)),
         "its lists of names are cut into several attributes",
         under=chunked("tf_keras", 52), **OLD_WEIGHTS),
    Case("names_cudnn_gru", S(CUDNN_GRU.CuDNNGRU(4, name="gru", **ALL)),
         "saved as CuDNNGRU, run as GRU", twin=S(L.GRU(4, **ALL)), **OLD_WEIGHTS),
    Case("names_before_cells",
         S(L.LSTM(4, name="lstm_1", **HARD, **ALL), L.GRU(2, name="gru_1", **OLD_GRU, **ALL)),
         "rewritten as by Keras 2.2", change=weights_before_cells("2.2.4"), **OLD_WEIGHTS),
    Case("names_without_bias_2_2",
         S(L.GRU(4, name="gru_1", use_bias=False, **OLD_GRU, **ALL)),
         "rewritten as by Keras 2.2; no bias tells where the reset gate is",
         change=weights_before_cells("2.2.4"), **OLD_WEIGHTS),
    Case("names_without_bias_2_3",
         S(L.GRU(4, name="gru_1", use_bias=False, reset_after=False, **ALL)),
         "rewritten as by Keras 2.3: sigmoid, and the reset gate before",
         change=weights_before_cells("2.3.1"), **OLD_WEIGHTS),
    Case("names_tensorflow_1", S(L.LSTM(4, name="lstm", **HARD, **ALL), L.Dense(2, name="dense")),
         "rewritten as by TensorFlow 1.12", change=weights_before_cells("2.1.6-tf"),
         **OLD_WEIGHTS),
    Case("names_tensorflow_1_told",
         S(L.LSTM(4, name="lstm", **HARD, **ALL), L.GRU(2, name="gru", **OLD_GRU, **ALL)),
         "rewritten as by TensorFlow 1.15, as the GRU's bias tells",
         change=weights_before_cells("2.2.4-tf"), **OLD_WEIGHTS),
    Case("names_tensorflow_2", S(L.LSTM(4, name="lstm", **ALL), L.GRU(2, name="gru", **ALL)),
         "rewritten as by TensorFlow 2.0, as the GRU's bias tells",
         change=weights_before_cells("2.2.4-tf"), **OLD_WEIGHTS),
    Case("names_cudnn_2_2", S(CUDNN_LSTM.CuDNNLSTM(4, name="lstm_1", **ALL)),
         "saved as CuDNNLSTM, run as LSTM; rewritten as by Keras 2.2, whose LSTM had hard_sigmoid",
         twin=S(L.LSTM(4, name="lstm_1", **ALL)), change=weights_before_cells("2.2.4"),
         **OLD_WEIGHTS),
    Case("names_said_to_be_nothing",
         S(L.LSTM(4, **ALL), L.Dropout(0.1, name="pause"), L.GRU(2, **ALL),
           L.Activation("relu", name="bend"), L.Dense(1)),
         "layers without arrays, of which the file has but the names",
         assume=("pause=nothing", "bend.activation=relu"), **OLD_WEIGHTS),
    Case("weights_windows", S(L.LSTM(4, **ALL), L.Bidirectional(L.GRU(2, **ALL)), L.Dense(2)),
         "its groups named as on Windows", change=windows, reload=False, **WEIGHTS),
]  # fmt: skip

FIRST_ONES = [
    Case("h5_first_lstm",
         S(L.LSTM(4, name="lstm_1", **HARD, **ALL), L.Dropout(0.2, name="dropout_1"),
           L.Dense(2, "softmax", name="dense_1")),
         "rewritten as by Keras 1.2", change=first("1.2.1"), **BEFORE),
    Case("h5_first_gru",
         S(L.Masking(0, name="masking_1"), L.GRU(4, name="gru_1", **OLD_GRU),
           L.Activation("hard_sigmoid", name="activation_1"),
           L.Dense(2, use_bias=False, name="dense_1")),
         "rewritten as by Keras 1.0, which writes no version", change=first(""), pad=0,
         padding=HOLES, **BEFORE),
    Case("h5_first_bidirectional",
         S(L.Bidirectional(L.LSTM(4, name="lstm_1", **HARD, **ALL), merge_mode="ave",
                           name="bidirectional_1"),
           L.TimeDistributed(L.Dense(3, name="dense_1"), name="timedistributed_1"),
           L.SimpleRNN(2, name="simplernn_1", go_backwards=True)),
         "rewritten as by Keras 1.2", change=first("1.2.2"), **BEFORE),
    Case("h5_first_stacked_gates",
         S(L.LSTM(4, name="lstm_1", **HARD, **ALL), L.GRU(2, name="gru_1", **OLD_GRU)),
         "rewritten as by Keras 1.1 with consume_less gpu", change=first("1.1.2", gpu=True),
         **BEFORE),
    Case("h5_first_normalized",
         S(embedding(mask_zero=True), L.LSTM(4, name="lstm_1", **HARD),
           L.BatchNormalization(epsilon=1e-5, name="batchnormalization_1"),
           L.Dense(1, "sigmoid", name="dense_1"), ids=True),
         "rewritten as by Keras 1.0", change=first("1.0.8"), **IDS, **BEFORE),
    Case("names_first",
         S(L.GRU(4, name="gru_1", **OLD_GRU, **ALL), L.LSTM(2, name="lstm_1", **HARD, **ALL),
           L.Dropout(0.1, name="dropout_1"), L.Dense(2, name="dense_1")),
         "rewritten as by Keras 1.2", change=weights_first(), **FIRST),
    Case("names_first_bidirectional",
         S(L.Bidirectional(L.LSTM(4, name="lstm_1", **HARD, **ALL), name="bidirectional_1"),
           L.TimeDistributed(L.Dense(2, name="dense_1"), name="timedistributed_1")),
         "rewritten as by Keras 1.2", change=weights_first(), **FIRST),
    Case("names_first_embedding",
         S(L.Embedding(VOCABULARY, 3, name="embedding_1"),
           L.LSTM(4, name="lstm_1", **HARD, **ALL), ids=True),
         "rewritten as by Keras 1.2 with consume_less gpu", change=weights_first(gpu=True),
         ids=True, **FIRST),
    Case("h5_first_functional",
         chain(L.GRU(4, name="gru_1", **OLD_GRU, **ALL), L.LSTM(2, name="lstm_1", **HARD),
               L.Dense(1, name="dense_1")),
         "rewritten as by Keras 1.2: a functional model", change=first("1.2.2"), **BEFORE),
    Case("names_first_table",
         S(L.Embedding(VOCABULARY, 3, name="words"),
           L.LSTM(4, name="lstm_1", **HARD, **ALL), L.Dense(2, use_bias=False, name="out"),
           ids=True),
         "rewritten as by Keras 1.2: two matrices, a table and a Dense without bias",
         assume=("out.kind=linear",), change=weights_first(), ids=True, **FIRST),
    Case("names_numbered_table",
         S(L.Embedding(VOCABULARY, 3, name="layer_0"),
           L.GRU(4, name="layer_1", **OLD_GRU, **ALL), ids=True),
         "rewritten as by Keras 0.3", change=weights_numbered(), ids=True, **FIRST),
    Case("names_numbered",
         S(L.LSTM(4, name="layer_0", **HARD, **ALL), L.Dropout(0.1, name="layer_1"),
           L.GRU(2, name="layer_2", **OLD_GRU, **ALL), L.SimpleRNN(3, name="layer_3", **ALL),
           L.Dense(2, name="layer_4")),
         "rewritten as by Keras 0.3, which numbers layers and arrays",
         assume=("layer_1=nothing",), change=weights_numbered(), **FIRST),
]  # fmt: skip

CASES = [
    replace(case, name=f"keras2_{case.name}") for case in [*ARCHIVES, *WHOLE, *ALONE, *FIRST_ONES]
]


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    import tf_keras

    recorder = Recorder("tf_keras", tf_keras)
    files = {case.name: recorder.recorded(case) for case in CASES}
    files |= refused(recorder, REFUSED_BY_TF_KERAS, "keras2_refused_")
    return write(files, old=True)
