"""Networks of Keras that are no row of layers; Keras 3 makes them all, Keras 2 those it is asked.

Each function makes one of a keras module: its inputs and its outputs. The docstring is what the
document says of it.
"""

from __future__ import annotations

from typing import Any

from graphs_words import FEATURES, TIMESTEPS, VOCABULARY, Collected

GRAPHS = Collected()
OLD = ("conv_valid_lstm", "conv_same_strides_gru", "conv_causal_dilated_rnn", "conv_max_pooling",
       "branches_concatenate", "joins", "attention_dot", "attention_additive", "attention_by_hand",
       "multihead_cross", "encoder_decoder", "encoder_decoder_embedded", "bidirectional_encoder",
       "autoencoder", "shared_lstm", "nested_branches", "tokens_and_features", "masked_skip",
       "two_outputs", "attention_masked")  # fmt: skip
"""Those that Keras 2 records, too."""

Net = tuple[Any, Any]


def x(k: Any, name: str = "x", features: int = FEATURES, steps: int | None = None) -> Any:
    """An input of as many timesteps as it has."""
    return k.Input((steps, features), name=name)


def ids(k: Any, name: str) -> Any:
    """An input of numbers of words."""
    return k.Input((None,), dtype="int32", name=name)


def lstm(k: Any, units: int = 4, **options: Any) -> Any:
    """An LSTM that gives every step."""
    return k.layers.LSTM(units, return_sequences=True, **options)


def gru(k: Any, units: int = 4, **options: Any) -> Any:
    """A GRU that gives every step."""
    return k.layers.GRU(units, return_sequences=True, **options)


@GRAPHS(double=True)
def conv_valid_lstm(k: Any) -> Net:
    """Conv1D, valid, in front of an LSTM."""
    i = x(k)
    h = k.layers.LSTM(4)(k.layers.Conv1D(5, 3, activation="relu")(i))
    return i, k.layers.Dense(2)(h)


@GRAPHS()
def conv_same_gru(k: Any) -> Net:
    """Conv1D, same, of an even size."""
    i = x(k)
    return i, k.layers.Dense(3)(gru(k)(k.layers.Conv1D(5, 4, padding="same")(i)))


@GRAPHS()
def conv_causal_dilated_rnn(k: Any) -> Net:
    """Conv1D, causal and dilated, in front of a SimpleRNN."""
    i = x(k)
    h = k.layers.Conv1D(5, 3, padding="causal", dilation_rate=2, activation="tanh")(i)
    return i, k.layers.SimpleRNN(4, return_sequences=True)(h)


@GRAPHS()
def conv_strides_lstm(k: Any) -> Net:
    """Conv1D, valid, with strides and without bias."""
    i = x(k)
    return i, lstm(k)(k.layers.Conv1D(5, 3, strides=2, use_bias=False)(i))


@GRAPHS(double=True, steps={"x": 8})
def conv_same_strides_gru(k: Any) -> Net:
    """Conv1D, same, with strides: how much is padded in front depends on the length."""
    i = x(k)
    h = k.layers.Conv1D(5, 3, strides=2, padding="same", activation="sigmoid")(i)
    return i, k.layers.Dense(2)(k.layers.GRU(4)(h))


@GRAPHS()
def conv_groups_lstm(k: Any) -> Net:
    """Conv1D with groups, dilated."""
    i = x(k, features=4)
    h = k.layers.Conv1D(6, 2, groups=2, dilation_rate=2, padding="same")(i)
    return i, k.layers.LSTM(5)(h)


@GRAPHS()
def conv_causal_strides(k: Any) -> Net:
    """Conv1D, causal with strides, behind a bidirectional LSTM."""
    i = x(k)
    h = k.layers.Bidirectional(lstm(k, 3))(i)
    return i, k.layers.Conv1D(5, 3, strides=2, padding="causal")(h)


@GRAPHS()
def conv_behind(k: Any) -> Net:
    """Conv1D behind a GRU, the maximum over time, and a Dense."""
    i = x(k)
    h = k.layers.Conv1D(5, 2, activation="tanh")(gru(k)(i))
    return i, k.layers.Dense(2, activation="softmax")(k.layers.GlobalMaxPooling1D()(h))


@GRAPHS()
def conv_max_pooling(k: Any) -> Net:
    """Conv1D, MaxPooling1D and an LSTM."""
    i = x(k)
    h = k.layers.MaxPooling1D(2)(k.layers.Conv1D(5, 3, padding="same", activation="relu")(i))
    return i, k.layers.Dense(1, activation="sigmoid")(k.layers.LSTM(4)(h))


@GRAPHS(double=True)
def average_pooling_same(k: Any) -> Net:
    """AveragePooling1D, same, whose padding does not count; then MaxPooling1D, same."""
    i = x(k)
    h = k.layers.AveragePooling1D(3, strides=2, padding="same")(gru(k)(i))
    return i, k.layers.MaxPooling1D(3, strides=1, padding="same")(lstm(k, 3)(h))


@GRAPHS()
def deep_conv(k: Any) -> Net:
    """Two Conv1D with BatchNormalization, activations, pooling, dropout, and a stack of LSTMs."""
    L, i = k.layers, x(k)
    h = L.Activation("relu")(L.BatchNormalization()(L.Conv1D(6, 3, padding="same")(i)))
    h = L.Dropout(0.3)(L.MaxPooling1D(2)(h))
    h = L.LeakyReLU()(L.Conv1D(5, 2)(h))
    return i, L.Dense(2)(L.LSTM(3)(lstm(k)(h)))


@GRAPHS()
def upsampling(k: Any) -> Net:
    """UpSampling1D between an LSTM and a Conv1D."""
    i = x(k)
    h = k.layers.UpSampling1D(3)(lstm(k)(i))
    return i, k.layers.Conv1D(5, 3, padding="same")(h)


@GRAPHS(double=True)
def skip(k: Any) -> Net:
    """A Dense, an LSTM around which what it reads goes by, added; LayerNormalization."""
    L, i = k.layers, x(k)
    h = L.Dense(4, activation="tanh")(i)
    h = L.LayerNormalization()(L.Add()([h, lstm(k)(h)]))
    return i, L.Dense(3)(L.Add()([h, gru(k)(h)]))


@GRAPHS()
def branches_concatenate(k: Any) -> Net:
    """An LSTM and a GRU read the same x; what they give last stands side by side."""
    i = x(k)
    h = k.layers.Concatenate()([k.layers.LSTM(4)(i), k.layers.GRU(5)(i)])
    return i, k.layers.Dense(2)(h)


@GRAPHS()
def joins(k: Any) -> Net:
    """Subtract, Multiply, Maximum and Average of sequences."""
    L, i = k.layers, x(k)
    a, b, c = lstm(k)(i), gru(k)(i), L.SimpleRNN(4, return_sequences=True)(i)
    h = L.Multiply()([L.Subtract()([a, b]), c])
    return i, L.Average()([L.Maximum()([h, a]), c, b])


@GRAPHS()
def joins_of_rows(k: Any) -> Net:
    """Subtract and Multiply of what two layers give last, the forward minus the backward one."""
    L, i = k.layers, x(k)
    a, b = L.LSTM(4)(i), L.LSTM(4, go_backwards=True)(i)
    return i, L.Dense(3)(L.Concatenate()([L.Subtract()([a, b]), L.Multiply()([a, b])]))


@GRAPHS()
def concatenate_timesteps(k: Any) -> Net:
    """Two sequences one behind the other in time, then an LSTM."""
    a, b = x(k, "first"), x(k, "second")
    h = k.layers.Concatenate(axis=1)([k.layers.Dense(3)(a), gru(k, 3)(b)])
    return [a, b], lstm(k)(h)


@GRAPHS(steps={"second": 5})
def concatenate_lengths(k: Any) -> Net:
    """Two inputs of other lengths, one behind the other in time."""
    a, b = x(k, "first"), x(k, "second")
    h = k.layers.Concatenate(axis=1)([lstm(k, 3)(a), gru(k, 3)(b)])
    return [a, b], k.layers.GRU(4)(h)


@GRAPHS()
def dot_of_rows(k: Any) -> Net:
    """The cosine of what two layers give last (Dot, normalize)."""
    L, i = k.layers, x(k)
    a, b = L.LSTM(4)(i), L.GRU(4)(i)
    return i, L.Dense(2)(L.Concatenate()([L.Dot(1, normalize=True)([a, b]), L.Dot(-1)([a, b])]))


@GRAPHS(steps={"memory": 5})
def dot_of_sequences(k: Any) -> Net:
    """Scores by Dot over features, their softmax, and a context by Dot over timesteps."""
    L, i, m = k.layers, x(k), x(k, "memory", 3)
    query, value = lstm(k)(i), gru(k)(m)
    weights = L.Softmax()(L.Dot((2, 2))([query, value]))
    return [i, m], L.Dense(3)(L.Concatenate()([query, L.Dot((2, 1))([weights, value])]))


@GRAPHS(double=True, steps={"memory": 5})
def attention_dot(k: Any) -> Net:
    """Attention without a scale; query and value of other lengths."""
    L, i, m = k.layers, x(k), x(k, "memory", 3)
    query = lstm(k)(i)
    context = L.Attention()([query, gru(k)(m)])
    return [i, m], L.Dense(3)(L.Concatenate()([query, context]))


@GRAPHS()
def attention_self_scale(k: Any) -> Net:
    """Attention of a sequence to itself with a scale that was learnt."""
    L, i = k.layers, x(k)
    h = L.Bidirectional(lstm(k, 3))(i)
    return i, L.Dense(2)(L.GlobalAveragePooling1D()(L.Attention(use_scale=True)([h, h])))


@GRAPHS(steps={"memory": 5})
def attention_concat(k: Any) -> Net:
    """Attention with score_mode concat and a scale, and a key of its own."""
    L, i, m = k.layers, x(k), x(k, "memory", 3)
    query, value, key = lstm(k)(i), gru(k, 5)(m), L.Dense(4)(m)
    return [i, m], L.Attention(use_scale=True, score_mode="concat")([query, value, key])


@GRAPHS(steps={"memory": 5})
def attention_key(k: Any) -> Net:
    """Attention with a key of its own, whose value has another width."""
    i, m = x(k), x(k, "memory", 3)
    query, value, key = lstm(k)(i), gru(k, 5)(m), lstm(k)(m)
    return [i, m], k.layers.LSTM(3)(k.layers.Attention()([query, value, key]))


@GRAPHS(masked=("memory",), steps={"memory": 5})
def attention_masked(k: Any) -> Net:
    """Attention to a value with masked steps, in both forms."""
    L, i, m = k.layers, x(k), x(k, "memory", 3)
    query, value = lstm(k)(i), gru(k)(L.Masking(0.0)(m))
    scaled = L.Attention(use_scale=True)([query, value])
    return [i, m], L.Concatenate()([scaled, L.AdditiveAttention()([query, value])])


@GRAPHS(masked=("x",))
def attention_query_masked(k: Any) -> Net:
    """Attention of a query with masked steps; the mask goes on into a GRU."""
    L, i = k.layers, x(k)
    h = lstm(k)(L.Masking(0.0)(i))
    return i, L.GRU(3)(L.Attention()([h, h]))


@GRAPHS()
def attention_causal(k: Any) -> Net:
    """Attention that sees no later step."""
    i = x(k)
    h = gru(k)(i)
    return i, k.layers.Dense(2)(k.layers.Attention()([h, h], use_causal_mask=True))


@GRAPHS(steps={"memory": 5})
def attention_additive(k: Any) -> Net:
    """AdditiveAttention with its scale."""
    i, m = x(k), x(k, "memory", 3)
    context = k.layers.AdditiveAttention()([lstm(k)(i), gru(k)(m)])
    return [i, m], k.layers.Dense(3, activation="tanh")(context)


@GRAPHS()
def attention_additive_bare(k: Any) -> Net:
    """AdditiveAttention without a scale, of a row to a sequence."""
    L, i = k.layers, x(k)
    h = lstm(k)(i)
    last = L.Reshape((1, 4))(L.LSTM(4)(i))
    return i, L.Dense(2)(L.Flatten()(L.AdditiveAttention(use_scale=False)([last, h])))


@GRAPHS(double=True)
def attention_by_hand(k: Any) -> Net:
    """One score a step by Dense, Flatten, softmax; RepeatVector, Permute, Multiply, the average."""
    L, i = k.layers, x(k, steps=TIMESTEPS)
    h = lstm(k)(i)
    weights = L.Activation("softmax")(L.Flatten()(L.Dense(1, activation="tanh")(h)))
    h = L.Multiply()([h, L.Permute([2, 1])(L.RepeatVector(4)(weights))])
    return i, L.Dense(2)(L.GlobalAveragePooling1D()(h))


@GRAPHS()
def attention_softmax_over_time(k: Any) -> Net:
    """One score a step, Softmax over time, and the sum by Dot."""
    L, i = k.layers, x(k, steps=TIMESTEPS)
    h = gru(k)(i)
    weights = L.Softmax(axis=1)(L.Dense(1)(h))
    return i, L.Dense(2)(L.Flatten()(L.Dot((1, 1))([weights, h])))


@GRAPHS(double=True)
def multihead_self(k: Any) -> Net:
    """MultiHeadAttention of a sequence to itself, added and normalized."""
    L, i = k.layers, x(k)
    h = lstm(k)(i)
    return i, L.LayerNormalization()(L.Add()([h, L.MultiHeadAttention(2, 3)(h, h)]))


@GRAPHS(steps={"memory": 5})
def multihead_cross(k: Any) -> Net:
    """MultiHeadAttention to another sequence, values of another size, without bias."""
    L, i, m = k.layers, x(k), x(k, "memory", 3)
    attention = L.MultiHeadAttention(3, 2, value_dim=5, use_bias=False)
    return [i, m], L.Dense(2)(attention(lstm(k)(i), gru(k, 5)(m)))


@GRAPHS()
def multihead_causal(k: Any) -> Net:
    """MultiHeadAttention that sees no later step, in front of a GRU."""
    i = x(k, features=3)
    return i, gru(k)(k.layers.MultiHeadAttention(2, 2, output_shape=5)(i, i, use_causal_mask=True))


@GRAPHS(masked=("x",))
def multihead_masked(k: Any) -> Net:
    """MultiHeadAttention of words of which some are padding."""
    L, i = k.layers, ids(k, "x")
    e = L.Embedding(VOCABULARY, 4, mask_zero=True)(i)
    return i, L.Dense(2)(L.LSTM(3)(L.MultiHeadAttention(2, 3)(e, e)))


@GRAPHS(double=True, steps={"target": 5})
def encoder_decoder(k: Any) -> Net:
    """A decoder that begins with the states of an encoder (LSTM)."""
    source, target = x(k, "source"), x(k, "target", 3)
    _, *states = k.layers.LSTM(4, return_state=True, name="encoder")(source)
    h = lstm(k, name="decoder")(target, initial_state=states)
    return [source, target], k.layers.Dense(3, activation="softmax")(h)


@GRAPHS(masked=("source", "target"), steps={"target": 5})
def encoder_decoder_embedded(k: Any) -> Net:
    """The same of words with padding (GRU)."""
    L, source, target = k.layers, ids(k, "source"), ids(k, "target")
    _, state = L.GRU(4, return_state=True)(L.Embedding(VOCABULARY, 2, mask_zero=True)(source))
    e = L.Embedding(VOCABULARY, 3, mask_zero=True)(target)
    return [source, target], L.Dense(5)(gru(k)(e, initial_state=state))


@GRAPHS(steps={"target": 5})
def bidirectional_encoder(k: Any) -> Net:
    """A decoder that begins with the states of both directions side by side."""
    L, source, target = k.layers, x(k, "source"), x(k, "target", 3)
    encoder = L.Bidirectional(L.LSTM(2, return_state=True))
    _, forward_h, forward_c, backward_h, backward_c = encoder(source)
    h = L.Concatenate()([forward_h, backward_h])
    c = L.Concatenate()([forward_c, backward_c])
    return [source, target], lstm(k)(target, initial_state=[h, c])


@GRAPHS(steps={"target": 5}, masked=("source",))
def encoder_decoder_attention(k: Any) -> Net:
    """Encoder, decoder and Luong's attention, whose context stands beside the decoder's h."""
    L, source, target = k.layers, x(k, "source"), x(k, "target", 3)
    e, *states = lstm(k, return_state=True)(L.Masking(0.0)(source))
    d = lstm(k)(target, initial_state=states)
    h = L.Concatenate()([L.Attention()([d, e]), d])
    return [source, target], L.TimeDistributed(L.Dense(3, activation="softmax"))(h)


@GRAPHS(steps={"target": 5})
def bidirectional_decoder(k: Any) -> Net:
    """A bidirectional GRU that begins with the states of another one, crossed."""
    L, source, target = k.layers, x(k, "source"), x(k, "target", 3)
    _, forward, backward = L.Bidirectional(L.GRU(4, return_state=True))(source)
    h = L.Bidirectional(gru(k))(target, initial_state=[backward, forward])
    return [source, target], h


@GRAPHS()
def state_of_a_dense(k: Any) -> Net:
    """h0 is what a Dense makes of further features, as for pictures that get a caption."""
    L, features, i = k.layers, k.Input((3,), name="features"), x(k)
    return [features, i], gru(k)(i, initial_state=L.Dense(4, activation="tanh")(features))


@GRAPHS()
def states_as_outputs(k: Any) -> Net:
    """The sequence, h and c of an LSTM are used in three places."""
    L, i = k.layers, x(k)
    sequence, h, c = lstm(k, return_state=True)(i)
    return i, [L.Dense(2, name="a")(sequence), L.Dense(3, name="b")(L.Subtract()([h, c]))]


@GRAPHS(double=True)
def autoencoder(k: Any) -> Net:
    """RepeatVector between an encoder and a decoder; TimeDistributed behind."""
    L, i = k.layers, x(k, steps=TIMESTEPS)
    h = L.RepeatVector(TIMESTEPS)(L.LSTM(3)(lstm(k)(i)))
    return i, L.TimeDistributed(L.Dense(2))(lstm(k, 5)(h))


@GRAPHS()
def shared_lstm(k: Any) -> Net:
    """One LSTM reads two inputs, one after the other."""
    a, b, layer = x(k, "left"), x(k, "right"), k.layers.LSTM(4)
    return [a, b], k.layers.Dense(2)(k.layers.Subtract()([layer(a), layer(b)]))


@GRAPHS()
def shared_dense(k: Any) -> Net:
    """One Dense in two branches, in front of an LSTM and behind a GRU."""
    L, i = k.layers, x(k)
    layer = L.Dense(2, activation="tanh")
    return i, L.Concatenate()([lstm(k)(layer(i)), layer(gru(k, 2)(i))])


@GRAPHS()
def shared_model(k: Any) -> Net:
    """One model of three layers reads two inputs of other lengths."""
    L, a, b = k.layers, x(k, "left"), x(k, "right")
    i = x(k, "inside")
    tower = k.Model(i, L.GRU(4)(L.Conv1D(3, 2)(i)), name="tower")
    return [a, b], L.Dense(2)(L.Concatenate()([tower(a), tower(b)]))


@GRAPHS()
def nested_branches(k: Any) -> Net:
    """A model with two branches inside a model."""
    L, i, inside = k.layers, x(k), x(k, "inside", 3)
    block = k.Model(inside, L.Add()([lstm(k)(inside), gru(k)(inside)]), name="block")
    return i, L.LSTM(5)(block(L.Dense(3)(i)))


@GRAPHS()
def nested_twice(k: Any) -> Net:
    """A Sequential in a model in a model, with two outputs of which one is read twice."""
    L, i, inside = k.layers, x(k), x(k, "inside")
    row = k.Sequential([k.Input((None, 2)), L.Conv1D(3, 3, padding="same"), gru(k)], name="row")
    h = row(inside)
    block = k.Model(inside, [h, L.LSTM(4)(h)], name="block")
    sequence, last = block(i)
    return i, L.Dense(2)(L.Concatenate()([L.GlobalMaxPooling1D()(sequence), last]))


@GRAPHS(masked=("tokens",))
def tokens_and_features(k: Any) -> Net:
    """Words with padding, and features without timesteps, side by side behind the LSTM."""
    L, tokens, features = k.layers, ids(k, "tokens"), k.Input((3,), name="features")
    h = L.LSTM(4)(L.Embedding(VOCABULARY, 2, mask_zero=True)(tokens))
    h = L.Concatenate()([h, L.Dense(5, activation="relu")(features)])
    return [tokens, features], L.Dense(2, activation="sigmoid")(h)


@GRAPHS()
def features_repeated(k: Any) -> Net:
    """Features without timesteps beside every step of a sequence."""
    L, i, features = k.layers, x(k, steps=TIMESTEPS), k.Input((3,), name="features")
    h = L.Concatenate()([i, L.RepeatVector(TIMESTEPS)(features)])
    return [i, features], gru(k)(h)


@GRAPHS()
def two_outputs(k: Any) -> Net:
    """An LSTM with a head for every step and one for the last."""
    L, i = k.layers, x(k)
    h = lstm(k)(i)
    return i, [L.Dense(3, name="tags")(h), L.Dense(2, "softmax", name="kind")(L.GRU(5)(h))]


@GRAPHS(masked=("tokens",))
def two_by_two(k: Any) -> Net:
    """Two inputs, two outputs, one of which reads both."""
    L, tokens, i = k.layers, ids(k, "tokens"), x(k)
    e = L.Embedding(VOCABULARY, 3, mask_zero=True)(tokens)
    a, b = lstm(k)(e), gru(k)(i)
    both = L.Dense(2, name="both")(L.Add()([a, b]))
    return [tokens, i], [L.Dense(3, name="words")(L.GlobalAveragePooling1D()(a)), both]


@GRAPHS(masked=("x",))
def masked_skip(k: Any) -> Net:
    """A mask goes through Dense, Add, LayerNormalization and BatchNormalization."""
    L, i = k.layers, x(k)
    m = L.Masking(0.0)(i)
    h = L.BatchNormalization()(L.Dense(4, activation="tanh")(m))
    h = L.LayerNormalization()(L.Add()([h, lstm(k)(m)]))
    return i, L.Dense(2)(L.GRU(3)(L.TimeDistributed(L.Dense(5))(h)))


@GRAPHS(masked=("left",))
def masked_joins(k: Any) -> Net:
    """One of two inputs has masked steps: what Add, Concatenate, Multiply hand on."""
    L, a, b = k.layers, x(k, "left"), x(k, "right")
    h, g = lstm(k)(L.Masking(0.0)(a)), gru(k)(b)
    rows = [L.LSTM(2)(L.Add()([h, g])), L.LSTM(2)(L.Multiply()([h, g])),
            L.LSTM(2)(L.Concatenate()([h, g])), L.GRU(2)(L.Maximum()([h, g]))]  # fmt: skip
    return [a, b], L.Concatenate()(rows)


@GRAPHS(masked=("left", "right"))
def masked_both(k: Any) -> Net:
    """Both inputs have masked steps, not the same ones."""
    L, a, b = k.layers, ids(k, "left"), x(k, "right")
    h = gru(k)(L.Embedding(VOCABULARY, 3, mask_zero=True)(a))
    g = L.Bidirectional(lstm(k, 2))(L.Masking(0.0)(b))
    return [a, b], L.Concatenate()([L.GRU(3)(L.Add()([h, g])), L.GRU(2)(L.Subtract()([g, h]))])


@GRAPHS(masked=("left", "right"), steps={"right": 5})
def masked_timesteps(k: Any) -> Net:
    """Two sequences with masked steps one behind the other in time."""
    L, a, b = k.layers, x(k, "left"), x(k, "right")
    h = L.Concatenate(axis=1)([gru(k)(L.Masking(0.0)(a)), lstm(k)(L.Masking(0.0)(b))])
    return [a, b], L.Bidirectional(L.GRU(3))(h)


@GRAPHS(masked=("x",))
def masked_pooling(k: Any) -> Net:
    """The mean and the maximum of steps of which some are masked, beside what is given last."""
    L, i = k.layers, x(k)
    h = lstm(k)(L.Masking(0.0)(i))
    rows = [L.GlobalAveragePooling1D()(h), L.GlobalMaxPooling1D()(h), L.GRU(3)(h)]
    return i, L.Dense(4)(L.Concatenate()(rows))


@GRAPHS(masked=("x",))
def masked_conv(k: Any) -> Net:
    """A mask does not pass a Conv1D: what is behind it reads every step."""
    L, i = k.layers, x(k)
    return i, L.Dense(3)(L.LSTM(4)(L.Conv1D(5, 3, padding="same")(L.Masking(0.0)(i))))


@GRAPHS(masked=("x",))
def masked_repeat(k: Any) -> Net:
    """A mask ends where a row is made: RepeatVector gives real steps."""
    L, i = k.layers, ids(k, "x")
    h = L.GRU(4)(L.Embedding(VOCABULARY, 2, mask_zero=True)(i))
    return i, lstm(k, 3)(L.RepeatVector(5)(h))


@GRAPHS()
def rescaling(k: Any) -> Net:
    """Rescaling with an offset in front of an LSTM."""
    i = x(k)
    return i, lstm(k)(k.layers.Rescaling(0.5, offset=-0.25)(i))


@GRAPHS()
def reshape(k: Any) -> Net:
    """The units of the last step become steps of their own, then all steps one row."""
    L, i = k.layers, x(k)
    h = gru(k, 3)(L.Reshape((4, 2))(L.LSTM(8)(i)))
    return i, L.Dense(2)(L.Reshape((12,))(h))


@GRAPHS()
def permute(k: Any) -> Net:
    """Features become timesteps."""
    L, i = k.layers, x(k, steps=TIMESTEPS)
    return i, L.Concatenate()([L.LSTM(4)(L.Permute((2, 1))(i)), L.LSTM(4)(i)])


@GRAPHS()
def split_directions(k: Any) -> Net:
    """The two directions of a layer go their own ways (merge_mode None)."""
    L, i = k.layers, x(k)
    forward, backward = L.Bidirectional(lstm(k, 3), merge_mode=None)(i)
    return i, L.Dense(2)(L.Concatenate()([L.GRU(4)(forward), L.GRU(5)(backward)]))
