"""Which model files Keras 3 is asked for: one line a file; those that must be refused besides.

    python tests/recorders/record.py keras_files

The files stand in ``files/keras/``, each with a document of its name: what it is, an input, and
what Keras computes of it. Its older form and weights alone are in ``keras_files_formats.py``.
"""

from __future__ import annotations

import os

import keras_files_nets as nets
from keras_files_formats import FORMATS
from keras_files_nets import chain, functional, sequential
from keras_files_recorder import Recorder, write
from keras_files_refused import REFUSED, refused, with_npz_inside
from keras_files_saving import backwards, configured, deflated
from keras_files_words import SEQUENCES, VOCABULARY, Case, L, S
from keras_words import HOLES, PADDED

ALL = SEQUENCES
ENDS = {"padding": PADDED, "pad": 0}
HOLED = {"padding": HOLES, "pad": 0}
DOUBLE = {"policy": "float64"}
IDS = {"ids": True, **ENDS}
NEVER_EMPTY = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 1), (1, 0, 1, 0, 0))
SOME = {"padding": NEVER_EMPTY, "pad": 0}


def ids(**options: bool) -> object:
    """An Embedding of seven words."""
    return L.Embedding(VOCABULARY, 3, **options)


CELLS = [
    Case("simple_rnn", S(L.SimpleRNN(4, **ALL))),
    Case("simple_rnn_last", S(L.SimpleRNN(5))),
    Case("simple_rnn_relu", S(L.SimpleRNN(4, activation="relu", **ALL), L.Dense(2))),
    Case("simple_rnn_hard_sigmoid", S(L.SimpleRNN(4, activation="hard_sigmoid", **ALL)), **DOUBLE),
    Case("simple_rnn_softsign", S(L.SimpleRNN(4, activation="softsign", **ALL))),
    Case("simple_rnn_leaky_relu", S(L.SimpleRNN(4, activation="leaky_relu", **ALL))),
    Case("simple_rnn_leaky_relu_layer",
         S(L.SimpleRNN(4, activation=L.LeakyReLU(0.37), **ALL)), "its activation is a layer"),
    Case("simple_rnn_relu_layer",
         S(L.SimpleRNN(4, activation=L.ReLU(), **ALL)), "its activation is a layer"),
    Case("simple_rnn_linear_double", S(L.SimpleRNN(2, activation="linear", **ALL)), **DOUBLE),
    Case("simple_rnn_no_activation", S(L.SimpleRNN(2, activation=None, **ALL)), "activation None"),
    Case("simple_rnn_sigmoid",
         S(L.SimpleRNN(4, activation="sigmoid", **ALL), L.Dense(2, "exponential"))),
    Case("simple_rnn_without_bias", S(L.SimpleRNN(4, use_bias=False, **ALL))),
    Case("simple_rnn_double_layer", S(L.SimpleRNN(4, dtype="float64", **ALL)),
         "float64 by the layer's own dtype", **DOUBLE),
    Case("gru", S(L.GRU(4, **ALL))),
    Case("gru_reset_before", S(L.GRU(4, reset_after=False, **ALL))),
    Case("gru_last", S(L.GRU(2)), **DOUBLE),
    Case("gru_hard_sigmoid", S(L.GRU(4, recurrent_activation="hard_sigmoid", **ALL))),
    Case("gru_functions", S(L.GRU(4, activation="softsign", recurrent_activation="softmax",
                                  reset_after=False, **ALL))),
    Case("gru_without_bias", S(L.GRU(4, use_bias=False, **ALL))),
    Case("gru_reset_before_without_bias", S(L.GRU(4, use_bias=False, reset_after=False))),
    Case("gru_backwards", S(L.GRU(4, go_backwards=True, **ALL))),
    Case("gru_backwards_last", S(L.GRU(4, go_backwards=True), L.Dense(3, "softmax"))),
    Case("lstm", S(L.LSTM(4, **ALL))),
    Case("lstm_last", S(L.LSTM(2))),
    Case("lstm_double", S(L.LSTM(5, **ALL), L.Dense(1)), **DOUBLE),
    Case("lstm_functions",
         S(L.LSTM(4, activation="elu", recurrent_activation="hard_sigmoid", **ALL))),
    Case("lstm_selu_silu", S(L.LSTM(4, activation="selu", recurrent_activation="silu"))),
    Case("lstm_softplus_gelu", S(L.LSTM(4, activation="gelu", recurrent_activation="softplus"))),
    Case("lstm_without_bias", S(L.LSTM(4, use_bias=False, **ALL))),
    Case("lstm_no_unit_forget_bias", S(L.LSTM(4, unit_forget_bias=False, **ALL))),
    Case("lstm_backwards", S(L.LSTM(4, go_backwards=True, **ALL), L.GRU(2))),
    Case("lstm_unrolled", S(L.LSTM(4, unroll=True, **ALL), shape=(5, 3))),
    Case("lstm_stateful",
         lambda keras: keras.Sequential([keras.Input(batch_shape=(3, 5, 3)),
                                         keras.layers.LSTM(4, stateful=True)]),
         "stateful, its first call"),
    Case("gru_dropout", S(L.GRU(4, dropout=0.3, recurrent_dropout=0.2, **ALL))),
    Case("lstm_regularized",
         S(L.LSTM(4, kernel_regularizer="l2", bias_constraint="non_neg", **ALL),
           L.ActivityRegularization(0.1))),
]  # fmt: skip

BOTH_WAYS = [
    Case("bidirectional_lstm", S(L.Bidirectional(L.LSTM(4, **ALL)))),
    Case("bidirectional_gru_last", S(L.Bidirectional(L.GRU(4)), L.Dense(2))),
    Case("bidirectional_sum", S(L.Bidirectional(L.GRU(4, **ALL), merge_mode="sum"))),
    Case("bidirectional_mul", S(L.Bidirectional(L.SimpleRNN(4, **ALL), merge_mode="mul"))),
    Case("bidirectional_ave_last", S(L.Bidirectional(L.LSTM(4), merge_mode="ave"))),
    Case("bidirectional_last_double", S(L.Bidirectional(L.SimpleRNN(4))), **DOUBLE),
    Case("bidirectional_other_backward",
         S(L.Bidirectional(
             L.LSTM(4, name="there", **ALL),
             backward_layer=L.LSTM(4, activation="softsign", recurrent_activation="hard_sigmoid",
                                   go_backwards=True, name="back", **ALL)))),
    Case("bidirectional_gru_other_reset",
         S(L.Bidirectional(L.GRU(2), merge_mode="sum",
                           backward_layer=L.GRU(2, reset_after=False, go_backwards=True)))),
    Case("bidirectional_masked", S(L.Masking(0), L.Bidirectional(L.GRU(4, **ALL))), **HOLED),
    Case("bidirectional_masked_last",
         S(ids(mask_zero=True), L.Bidirectional(L.LSTM(4)), L.Dense(1, "sigmoid"), ids=True),
         **IDS),
    Case("bidirectional_stack",
         S(L.Bidirectional(L.GRU(3, **ALL), merge_mode="ave"), L.Bidirectional(L.SimpleRNN(2)))),
    Case("bidirectional_cells",
         S(L.Bidirectional(L.RNN(L.GRUCell(4), **ALL))), "Bidirectional(RNN(cell))"),
]  # fmt: skip

LOOPS = [
    Case("rnn_lstm_cell", S(L.RNN(L.LSTMCell(4), **ALL))),
    Case("rnn_gru_cell_last", S(L.RNN(L.GRUCell(4, reset_after=False)), L.Dense(2))),
    Case("rnn_simple_cell_backwards", S(L.RNN(L.SimpleRNNCell(4), go_backwards=True, **ALL))),
    Case("rnn_cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(2), L.SimpleRNNCell(5)], **ALL))),
    Case("rnn_stacked_cells", S(L.RNN(L.StackedRNNCells([L.GRUCell(4), L.GRUCell(5)])))),
    Case("rnn_cells_masked", S(L.Masking(0), L.RNN([L.LSTMCell(2), L.LSTMCell(4)], **ALL)),
         **HOLED),
    Case("rnn_one_cell_in_list", S(L.RNN([L.LSTMCell(4, activation="softsign")]))),
]  # fmt: skip

MASKS = [
    Case("masking_lstm", S(L.Masking(0.0), L.LSTM(4, **ALL), L.Dense(2)), **HOLED),
    Case("masking_minus_one", S(L.Masking(-1.0), L.GRU(4)), pad=-1, padding=PADDED),
    Case("masking_stack", S(L.Masking(0), L.GRU(4, **ALL), L.Dropout(0.2), L.LSTM(2, **ALL)),
         **HOLED),
    Case("masking_dense_first", S(L.Masking(-1), L.Dense(4, "tanh"), L.LSTM(2, **ALL)),
         "the masked steps are set to 0, then the Dense gives its bias", pad=-1, padding=HOLES),
    Case("masking_zero_output", S(L.Masking(0), L.LSTM(4, zero_output_for_mask=True, **ALL)),
         **HOLED),
    Case("masking_zero_output_last", S(L.Masking(0), L.GRU(4, zero_output_for_mask=True)), **ENDS),
    Case("masking_backwards", S(L.Masking(0), L.GRU(4, go_backwards=True)), **HOLED),
    Case("mask_given", S(L.LSTM(4, **ALL), L.GRU(2)), "a mask is given to the call", given=True),
    Case("embedding_lstm", S(ids(), L.LSTM(4), L.Dense(1, "sigmoid"), ids=True), ids=True),
    Case("embedding_mask_zero", S(ids(mask_zero=True), L.GRU(4, **ALL), ids=True), **IDS),
    Case("embedding_mask_zero_last",
         S(ids(mask_zero=True), L.LSTM(4), L.Dense(3), ids=True), **IDS),
    Case("embedding_dropout",
         S(ids(mask_zero=True), L.SpatialDropout1D(0.3), L.SimpleRNN(4, **ALL),
           L.Dense(2, "softmax"), ids=True), **IDS),
    Case("embedding_length", S(ids(), L.GRU(2, **ALL), ids=True, shape=(5,)), ids=True),
]  # fmt: skip

STATELESS = [
    Case("dense_heads", S(L.LSTM(4, **ALL), L.Dense(5, "relu"), L.Dense(2, "softmax"))),
    Case("dense_without_bias", S(L.GRU(4), L.Dense(5, use_bias=False, activation="tanh"))),
    Case("dense_in_front", S(L.Dense(4, "relu"), L.LSTM(2, **ALL))),
    Case("dense_between", S(L.GRU(4, **ALL), L.Dense(3, "elu"), L.LSTM(2), L.Dense(1)), **DOUBLE),
    Case("time_distributed", S(L.LSTM(4, **ALL), L.TimeDistributed(L.Dense(3, "sigmoid")))),
    Case("time_distributed_two",
         S(L.SimpleRNN(4, **ALL), L.TimeDistributed(L.Dense(3)), L.TimeDistributed(L.Dense(2)))),
    Case("time_distributed_activation",
         S(L.SimpleRNN(4, **ALL), L.TimeDistributed(L.Activation("softmax")))),
    Case("noise", S(L.GaussianNoise(0.3), L.GRU(4, **ALL), L.GaussianDropout(0.2),
                    L.AlphaDropout(0.1), L.Dense(2))),
    Case("layer_normalization", S(L.LSTM(4, **ALL), L.LayerNormalization(), L.GRU(2, **ALL))),
    Case("layer_normalization_behind",
         S(L.GRU(4), L.LayerNormalization(epsilon=0.01), L.Dense(2)), **DOUBLE),
    Case("layer_normalization_bare",
         S(L.GRU(4, **ALL), L.LayerNormalization(center=False, scale=False))),
    Case("batch_normalization",
         S(L.BatchNormalization(), L.LSTM(4, **ALL), L.BatchNormalization(), L.GRU(2))),
    Case("batch_normalization_behind", S(L.LSTM(4), L.BatchNormalization(), L.Dense(2))),
    Case("batch_normalization_no_scale",
         S(L.GRU(4, **ALL), L.BatchNormalization(scale=False, epsilon=0.02))),
    Case("batch_normalization_no_center",
         S(L.GRU(4, **ALL), L.BatchNormalization(center=False)), **DOUBLE),
    Case("activations", S(L.LSTM(4, **ALL), L.Activation("hard_sigmoid"), L.Dense(5), L.ReLU(),
                          L.Dense(3), L.Softmax())),
    Case("leaky_relu_layer", S(L.LSTM(4), L.Dense(5), L.LeakyReLU(0.25), L.Dense(2), L.ELU(0.7))),
    Case("prelu", S(L.LSTM(4, **ALL), L.PReLU(shared_axes=[1]), L.GRU(4), L.PReLU(), L.Dense(2)),
         "with a slope for each unit, behind all steps and behind the last one"),
    Case("relu_layer", S(L.LSTM(4, **ALL), L.Dense(5), L.LeakyReLU(), L.Dense(4), L.ReLU())),
    Case("average_pooling", S(L.LSTM(4, **ALL), L.GlobalAveragePooling1D(), L.Dense(2))),
    Case("max_pooling", S(L.Bidirectional(L.GRU(4, **ALL)), L.GlobalMaxPooling1D(), L.Dense(2))),
    Case("average_pooling_masked", S(L.Masking(0), L.GRU(4, **ALL), L.GlobalAveragePooling1D()),
         **SOME),
    Case("max_pooling_masked", S(L.Masking(0), L.GRU(4, **ALL), L.GlobalMaxPooling1D()), **HOLED),
    Case("flatten", S(L.LSTM(4, **ALL), L.Flatten(), L.Dense(2), shape=(5, 3))),
    Case("flatten_behind_dense",
         S(L.SimpleRNN(4, **ALL), L.Dense(2, "tanh"), L.Flatten(), L.Dense(1), shape=(5, 3))),
]  # fmt: skip

MODELS = [
    Case("functional", chain(L.LSTM(4, **ALL), L.GRU(2), L.Dense(1))),
    Case("functional_masked", nets.masked_functional, **IDS),
    Case("functional_explicit_mask", nets.explicit_mask, "the mask is an argument", **IDS),
    Case("functional_masking",
         chain(L.Masking(-1), L.Bidirectional(L.LSTM(2, **ALL)), L.GlobalAveragePooling1D()),
         pad=-1, padding=NEVER_EMPTY),
    Case("functional_mask_into_sequential",
         chain(ids(mask_zero=True), sequential(3, L.LSTM(4), name="inner"), L.Dense(2), ids=True),
         **IDS),
    Case("functional_unused_branch", nets.unused_branch),
    Case("swapped_names", nets.swapped, "b is the first, a the second"),
    Case("swapped_names_sequential",
         S(L.SimpleRNN(4, name="z", **ALL), L.SimpleRNN(5, name="m", **ALL),
           L.SimpleRNN(2, name="a", **ALL))),
    Case("names", S(L.LSTM(4, name="Encoder.1", **ALL), L.Dense(2, name="Äußere Schicht"))),
    Case("sequential_in_sequential",
         S(sequential(3, L.GRU(4, **ALL), L.Dense(2), name="inner"), L.LSTM(5, **ALL))),
    Case("functional_in_sequential",
         S(functional(3, L.LSTM(4, **ALL), L.GRU(2, **ALL), name="inner"), L.GRU(5))),
    Case("sequential_in_functional",
         chain(L.GRU(2, **ALL), sequential(2, L.LSTM(4, **ALL), name="inner"), L.LSTM(5))),
    Case("depths", nets.depths, "an LSTM in each of three models; packed anew, with compression",
         change=deflated),
    Case("config_order", chain(L.GRU(4, **ALL), L.LSTM(2, **ALL), L.SimpleRNN(5), L.Dense(1)),
         "the layers of its config were reversed", change=configured(backwards)),
    Case("config_order_nested",
         chain(functional(3, L.LSTM(4, **ALL), L.LSTM(4, **ALL), name="inner"), L.GRU(2, **ALL)),
         "the layers of its configs were reversed", change=configured(backwards)),
    Case("eleven_layers", S(*(L.SimpleRNN(2 + n % 2, **ALL) for n in range(11))),
         "simple_rnn_10 comes before simple_rnn_2 in the alphabet; packed anew, with compression",
         change=deflated),
    Case("two_outputs", nets.two_outputs, "Bidirectional with merge_mode None, the last of each"),
    Case("two_outputs_of_steps", nets.two_outputs_of_steps,
         "Bidirectional with merge_mode None and return_state",
         gives=("bidirectional.forward.h", "bidirectional.backward.h",
                "bidirectional.forward.final.h", "bidirectional.forward.final.c",
                "bidirectional.backward.final.h", "bidirectional.backward.final.c")),
    Case("states_besides", nets.states_besides,
         "gives what its Dense gives, and the states of its LSTM",
         gives=("out", "lstm.forward.final.h", "lstm.forward.final.c")),
    Case("states_alone", nets.states_alone, "an encoder, whose outputs are its states",
         gives=("out", "lstm.forward.final.c",)),
    Case("begun", nets.given_states("LSTM"), "further inputs are the states with which it begins",
         begins=("h0", "c0"), gives=("out", "lstm.forward.final.h", "lstm.forward.final.c")),
    Case("begun_both_ways", nets.given_states("Bidirectional"),
         "further inputs are the states with which it begins", begins=("h0", "c0", "h0", "c0"),
         gives=("out", "bidirectional.forward.final.h", "bidirectional.forward.final.c",
                "bidirectional.backward.final.h", "bidirectional.backward.final.c")),
    Case("fitted", S(L.LSTM(4), L.Dense(1)), "trained, with the state of Adam", fitted=True),
    Case("fitted_mask",
         S(ids(mask_zero=True), L.Bidirectional(L.GRU(2)), L.Dense(1), ids=True),
         "trained, with the state of Adam; packed anew, with compression", fitted=True,
         change=deflated, **IDS),
    Case("mixed_float16", S(L.GRU(4, **ALL), L.Dense(2)), policy="mixed_float16"),
    Case("float16", S(L.LSTM(4, **ALL), L.Dense(2)), policy="float16"),
    Case("bfloat16", S(L.GRU(4, recurrent_initializer="he_normal", **ALL), L.Dense(2)),
         policy="bfloat16"),
    Case("mixed_bfloat16", S(L.Bidirectional(L.LSTM(2)), L.Dense(2)), policy="mixed_bfloat16"),
]  # fmt: skip

CASES = [*CELLS, *BOTH_WAYS, *LOOPS, *MASKS, *STATELESS, *MODELS, *FORMATS]


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    recorder = Recorder("keras", keras)
    files = {case.name: recorder.recorded(case) for case in CASES}
    return write(files | refused(recorder, REFUSED) | with_npz_inside(recorder), old=False)
