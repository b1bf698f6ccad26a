"""The class that GuitarML's programs, NeuralPi and Proteus keep: ``SimpleRNN``.

``rec`` is a recurrent module of PyTorch, ``lin`` an nn.Linear of each timestep; ``skip`` features
of the input are added to what that gives.
"""

from rnncalc.conventions.torch import MODULES

CLASS = "SimpleRNN"
RECURRENT, DENSE = "rec", "lin"
"""Its modules."""

UNITS = {cell: name.removeprefix("nn.") for cell, name in MODULES.items()}
"""What ``unit_type`` says of each cell."""

KNOWN = ("model", "unit_type", "input_size", "hidden_size", "output_size", "num_layers", "skip",
         "bias_fl")  # fmt: skip
"""What of ``model_data`` tells the network; other keys are of its training."""
