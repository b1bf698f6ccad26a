"""RTNeural's types of layers and functions; weights, gates and biases lie in them as in Keras.

It has the weights of a layer as a list, each array in Keras' order and orientation; its GRU has two
rows of biases (``reset_after``), and what has weights always has a bias.
"""

from rnncalc.conventions.keras import CLASSES
from rnncalc.conventions.spelling import Spelling

TITLE = "RTNeural"

TYPES = {"lstm": "LSTM", "gru": "GRU", "dense": "Dense", "time-distributed-dense": "Dense",
         "conv1d": "Conv1D", "activation": "Activation"}  # fmt: skip
"""Its types of layers, and the classes of Keras that these were."""

RECURRENT = {cell: kind for kind, name in TYPES.items() for cell, theirs in CLASSES.items()
             if theirs == name}  # fmt: skip
"""The type of each cell's layer: it has no Elman cell."""

FUNCTIONS = {
    "": Spelling("linear"),
    "linear": Spelling("linear"),
    "tanh": Spelling("tanh"),
    "relu": Spelling("relu"),
    "sigmoid": Spelling("sigmoid"),
    "softmax": Spelling("softmax"),
    "elu": Spelling("elu", {}, {"alpha": 1}),
}
"""What its layers other than recurrent ones may compute with; what it cannot name is written so as
the first of these."""
