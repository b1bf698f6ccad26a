"""Networks of Keras 3 in its other files: weights alone, which say little, and the older .h5."""

from __future__ import annotations

import keras_files_nets as nets
from keras_files_nets import chain, functional, sequential
from keras_files_saving import chunked
from keras_files_words import SEQUENCES, VOCABULARY, Case, L, S
from keras_words import HOLES, PADDED

ALL = SEQUENCES
WEIGHTS = {"suffix": "weights.h5"}
OLD = {"suffix": "h5"}
LONG = "an_output_layer_with_a_name"
LAST = "mode=many-to-one"
IDS = {"ids": True, "pad": 0, "padding": PADDED}

ALONE = [
    Case("weights_lstm", S(L.LSTM(4, **ALL)), **WEIGHTS),
    Case("weights_simple_rnn", S(L.SimpleRNN(4, name="only", activation="relu", **ALL)),
         assume=("only.activation=relu",), **WEIGHTS),
    Case("weights_gru_reset_before", S(L.GRU(4, reset_after=False, **ALL)), **WEIGHTS),
    Case("weights_gru_hard_sigmoid",
         S(L.GRU(4, recurrent_activation="hard_sigmoid", activation="softsign", **ALL)),
         assume=("gru.recurrent_activation=hard_sigmoid", "gru.activation=softsign"), **WEIGHTS),
    Case("weights_without_bias", S(L.LSTM(4, use_bias=False, **ALL), L.Dense(2, use_bias=False)),
         **WEIGHTS),
    Case("weights_head", S(L.LSTM(4, name="enc"), L.Dense(5, "relu"), L.Dense(2, "softmax")),
         assume=("dense.activation=relu", "dense_1.activation=softmax", LAST), **WEIGHTS),
    Case("weights_last", S(L.GRU(4, **ALL), L.LSTM(2)), assume=(LAST,), layers="gru,lstm",
         **WEIGHTS),
    Case("weights_stack", S(L.SimpleRNN(4, **ALL), L.LSTM(2, **ALL), L.GRU(5, **ALL)), **WEIGHTS),
    Case("weights_stack_one_class",
         S(L.LSTM(4, name="z", **ALL), L.LSTM(4, name="m", **ALL), L.LSTM(4, name="a", **ALL)),
         **WEIGHTS),
    Case("weights_any_order", S(L.LSTM(3, **ALL), L.GRU(3, **ALL)),
         "either could be the first", layers="lstm,gru", **WEIGHTS),
    Case("weights_bidirectional", S(L.Bidirectional(L.GRU(4, **ALL))), **WEIGHTS),
    Case("weights_bidirectional_sum",
         S(L.Bidirectional(L.LSTM(4, **ALL), merge_mode="sum"), L.Dense(2)),
         assume=("bidirectional.merge=sum",), **WEIGHTS),
    Case("weights_cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(2)], **ALL)), **WEIGHTS),
    Case("weights_embedding",
         S(L.Embedding(VOCABULARY, 3), L.Dropout(0.1), L.LSTM(4, **ALL), L.Dense(2), ids=True),
         ids=True, **WEIGHTS),
    Case("weights_normalized",
         S(L.BatchNormalization(), L.LSTM(4, **ALL), L.LayerNormalization(), L.Dense(2)),
         layers="batch_normalization,lstm,layer_normalization,dense", **WEIGHTS),
    Case("weights_time_distributed", S(L.GRU(4, **ALL), L.TimeDistributed(L.Dense(2))), **WEIGHTS),
    Case("weights_functional", chain(L.GRU(4, **ALL), L.SimpleRNN(2, **ALL), L.Dense(1)),
         **WEIGHTS),
    Case("weights_nested",
         chain(L.GRU(4, **ALL), sequential(4, L.LSTM(2, **ALL), name="inner"), L.Dense(1)),
         **WEIGHTS),
    Case("weights_subclassed", nets.subclassed, "a class of somebody's own",
         layers="first,second,wide,narrow", **WEIGHTS),
    Case("weights_double", S(L.GRU(4, **ALL)), policy="float64", **WEIGHTS),
    Case("weights_float16", S(L.LSTM(4, **ALL)), policy="float16", **WEIGHTS),
    Case("weights_bfloat16", S(L.SimpleRNN(4, recurrent_initializer="he_normal", **ALL)),
         policy="bfloat16", **WEIGHTS),
    Case("weights_fitted", S(L.LSTM(4, **ALL), L.Dense(1)), "trained", fitted=True, **WEIGHTS),
]  # fmt: skip

LEGACY = [
    Case("legacy_lstm", S(L.LSTM(4, **ALL), L.Dense(2)), **OLD),
    Case("legacy_simple_rnn", S(L.SimpleRNN(4, activation="relu"), L.Dense(2)), **OLD),
    Case("legacy_gru_hard_sigmoid",
         S(L.GRU(4, recurrent_activation="hard_sigmoid", **ALL), L.Dense(1, "sigmoid")), **OLD),
    Case("legacy_gru_reset_before", S(L.GRU(4, reset_after=False)), policy="float64", **OLD),
    Case("legacy_leaky_relu_layer", S(L.SimpleRNN(4, activation=L.LeakyReLU(0.4), **ALL)), **OLD),
    Case("legacy_bidirectional", S(L.Bidirectional(L.LSTM(4, **ALL), merge_mode="ave")), **OLD),
    Case("legacy_bidirectional_other_backward",
         S(L.Bidirectional(L.GRU(4, **ALL), backward_layer=L.GRU(
             4, activation="softsign", go_backwards=True, name="back", **ALL))), **OLD),
    Case("legacy_cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(2)], **ALL)), **OLD),
    Case("legacy_masking", S(L.Masking(-1), L.LSTM(4, **ALL), L.Dropout(0.2), L.Dense(2)),
         pad=-1, padding=HOLES, **OLD),
    Case("legacy_normalized",
         S(L.BatchNormalization(), L.LSTM(4, **ALL), L.LayerNormalization(), L.GRU(2)), **OLD),
    Case("legacy_functional_masked", nets.masked_functional,
         "Keras itself does not read it again (NotEqual)", reload=False, **IDS, **OLD),
    Case("legacy_nested",
         S(functional(3, L.LSTM(4, **ALL), L.GRU(2, **ALL), name="inner"), L.LSTM(5, **ALL)),
         **OLD),
    Case("legacy_nested_sequential",
         chain(L.LSTM(4, **ALL), sequential(4, L.LSTM(2), L.Dense(3), name="inner"), L.Dense(2)),
         **OLD),
    Case("legacy_swapped_names", nets.swapped, "b is the first, a the second", **OLD),
    Case("legacy_time_distributed", S(L.GRU(4, **ALL), L.TimeDistributed(L.Dense(2))), **OLD),
    Case("legacy_chunked",
         S(L.Bidirectional(L.LSTM(4, **ALL), name="both"), L.Dense(2, name=LONG), L.Dense(5)),
         "its lists of names are cut into several attributes, as those of large models are",
         under=chunked("keras", 62), **OLD),
    Case("legacy_fitted", S(L.GRU(2), L.Dense(1)), "trained, with the state of Adam",
         fitted=True, **OLD),
]  # fmt: skip

FORMATS = [*ALONE, *LEGACY]
