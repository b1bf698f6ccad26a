"""Which model files PyTorch is asked for: one line a file; those that must be refused besides.

    python tests/recorders/record.py torch_files

The files stand in ``files/torch/``, each with a document of its name: what it is, an input, and
what PyTorch computes of it.
"""

from __future__ import annotations

import warnings

import golden_file
import torch_files_names as names
import torch_files_nets as nets
import torch_files_saving as saving
from golden_file import Recorded
from torch_files_nets import bare
from torch_files_recorder import recorded
from torch_files_refused import refused
from torch_files_words import Case

FOLDER = "files/torch"

BOTH = {"bidirectional": True}
RELU = {"nonlinearity": "relu"}
NO_BIAS = {"bias": False}
LENGTHS = (3, 4, 2)
LEGACY = {"container": "legacy"}
PTH = {"suffix": "pth"}
DOUBLE = {"dtype": "float64"}
HALF, BRAIN = {"": "float16"}, {"": "bfloat16"}
SAFE = {"container": "safetensors", "suffix": "safetensors"}
NPZ = {"container": "npz", "suffix": "npz"}
ONE = {"many_to_one": True}

BARE = [
    Case("rnn", bare("rnn")),
    Case("rnn_relu", bare("rnn", **RELU), **PTH),
    Case("rnn_relu_2_layers_bidirectional", bare("rnn", **RELU, num_layers=2, **BOTH), **LEGACY),
    Case("rnn_without_bias", bare("rnn", **NO_BIAS), **DOUBLE),
    Case("gru", bare("gru")),
    Case("gru_bidirectional", bare("gru", **BOTH), **PTH),
    Case("gru_3_layers", bare("gru", 2, num_layers=3), **LEGACY, **PTH),
    Case("gru_without_bias_bidirectional", bare("gru", **NO_BIAS, **BOTH), **DOUBLE),
    Case("lstm", bare("lstm")),
    Case("lstm_2_layers_bidirectional", bare("lstm", num_layers=2, **BOTH), **PTH),
    Case(
        "lstm_3_layers_bidirectional_without_bias",
        bare("lstm", 2, num_layers=3, **BOTH, **NO_BIAS),
        **DOUBLE,
    ),
    Case("lstm_legacy", bare("lstm"), **LEGACY, **PTH),
    Case("lstm_projection", bare("lstm", 5, proj_size=2)),
    Case(
        "lstm_projection_2_layers_bidirectional",
        bare("lstm", 5, proj_size=2, num_layers=2, **BOTH),
        **LEGACY,
    ),
    Case("lstm_projection_without_bias", bare("lstm", 5, proj_size=2, **NO_BIAS)),
    Case("lstm_lengths", bare("lstm"), lengths=LENGTHS),
    Case("gru_bidirectional_lengths", bare("gru", 2, num_layers=2, **BOTH), lengths=LENGTHS),
    Case("rnn_float16", bare("rnn"), types=HALF, **LEGACY),
    Case("gru_bfloat16", bare("gru", **BOTH), types=BRAIN),
    Case("lstm_float16", bare("lstm"), types=HALF),
    Case("lstm_bfloat16_legacy", bare("lstm", num_layers=2), types=BRAIN, **LEGACY),
    Case("rnn_cell", lambda: nets.nn.RNNCell(3, 4)),
    Case("gru_cell", lambda: nets.nn.GRUCell(3, 4), **LEGACY),
    Case("lstm_cell_without_bias", lambda: nets.nn.LSTMCell(3, 4, bias=False), **DOUBLE, **PTH),
]  # fmt: skip

NETS = [
    Case("tagger", nets.tagger, activations={"fc": "softmax"}),
    Case("classifier", nets.classifier, activations={"out": "sigmoid"}, **ONE),
    Case("classifier_lengths", nets.classifier, lengths=LENGTHS, **ONE, **PTH),
    Case("forecast", nets.forecast, **ONE),
    Case("encoder_decoder", nets.chain(encoder="lstm", decoder="gru")),
    Case("not_alphabetical", nets.chain(b_rnn="gru", a_rnn="rnn")),
    Case("layer10_before_layer2", nets.chain(layer10="rnn", layer2="lstm", layer1="gru")),
    Case("projected_pair", nets.projected_pair),
    Case("nested_modules", nets.nested, activations={"decoder.classifier": "softmax"}),
    Case("sequential_head", nets.sequential_head),
    Case("long_head", nets.long_head, **ONE),
    Case("layer_norm", nets.layer_norm),
    Case("norm_between", nets.norm_between),
    Case("batch_norm", nets.batch_norm),
    Case("linear_in_front", nets.linear_in_front),
    Case("relu_in_front", nets.relu_in_front),
    Case("cells_in_a_list", nets.cells),
    Case("eleven_modules", nets.eleven),
    Case("siamese", nets.siamese, layers=("answer",)),
    Case("head_registered_first", nets.head_first, layers=("gru", "fc")),
    Case("behind_a_convolution", nets.convolutional, layers=("lstm", "fc")),
]

CHECKPOINTS = [
    Case("checkpoint", nets.forecast, "in a checkpoint", saving.training),
    Case("checkpoint_legacy", nets.small, "in a checkpoint", saving.training, **LEGACY, **PTH),
    Case("lightning", nets.small, "laid out as Lightning's", saving.lightning, suffix="ckpt"),
    Case("with_arguments", nets.small, "beside a Namespace", saving.with_arguments, **PTH),
    Case("below_net", nets.small, "below net", saving.below("net", acc=91.5, epoch=3)),
    Case("below_state_dict", bare("lstm"), "below state_dict", saving.below("state_dict")),
    Case("optimizer_first", nets.small, "behind an optimizer", saving.optimizer_first),
    Case("state_dict_by_module", nets.chain(encoder="gru", decoder="lstm"), "a state dict for each",
         saving.by_module),
    Case("data_parallel", nets.small, "in nn.DataParallel", saving.parallel),
    Case("data_parallel_bare", bare("gru"), "in nn.DataParallel", saving.parallel, **PTH),
    Case("compiled", nets.small, "in torch.compile", saving.compiled),
    Case("compiled_parallel", nets.small, "in torch.compile and nn.DataParallel, below state_dict",
         saving.compiled_parallel),
    Case("compiled_part", nets.small, "its rnn in torch.compile", saving.compiled_part),
]  # fmt: skip

TENSORS = [
    Case("weight_norm", nets.weight_norm("lstm")),
    Case("weight_norm_whole", nets.weight_norm("gru", None), "one magnitude for the whole matrix"),
    Case("weight_norm_columns", nets.weight_norm("gru", 1), "a magnitude for each column"),
    Case("weight_norm_older", nets.old_weight_norm, "torch.nn.utils.weight_norm on both matrices"),
    Case("weight_norm_in_head", nets.norm_in_head),
    Case("pruned", nets.pruned, "pruned"),
    Case("transposed_views", bare("lstm"), "its matrices transposed views", saving.transposed),
    Case("slices_of_a_buffer", bare("gru"), "all tensors in one storage", saving.slices),
    Case("slices_legacy", bare("lstm"), "all tensors in one storage", saving.slices, **LEGACY),
    Case("columns_of_wider_ones", bare("lstm"), "its matrices every second column of wider ones",
         saving.columns),
    Case("expanded_bias", bare("gru"), "its input bias expanded of one number", saving.expanded),
    Case("tied_cells", nets.tied_cells, "one recurrent matrix for both"),
    Case("tied_table", nets.tied_table, "one table at both ends"),
    Case("parameters", bare("lstm"), "as nn.Parameters", saving.parameters),
    Case("with_gradients", bare("gru"), "as tensors that require gradients", saving.with_gradients),
    Case("mixed_types", nets.small, types={"rnn": "float16"}),
    Case("big_endian", nets.small, container="big_endian"),
    Case("big_endian_float64", bare("lstm"), container="big_endian", **DOUBLE),
    Case("big_endian_bfloat16", bare("gru"), container="big_endian", types=BRAIN),
]  # fmt: skip

SAFETENSORS = [
    Case("safe_rnn_relu", bare("rnn", **RELU), **SAFE),
    Case("safe_gru_bidirectional", bare("gru", **BOTH), **SAFE),
    Case("safe_lstm_2_layers", bare("lstm", num_layers=2), **DOUBLE, **SAFE),
    Case("safe_lstm_projection", bare("lstm", 5, proj_size=2, **BOTH), **SAFE),
    Case("safe_lstm_float16", bare("lstm"), types=HALF, **SAFE),
    Case("safe_gru_bfloat16", bare("gru"), types=BRAIN, **SAFE),
    Case("safe_mixed_types", nets.small, types={"rnn": "bfloat16"}, **SAFE),
    Case("safe_tagger", nets.tagger, **SAFE),
    Case("safe_classifier", nets.classifier, **ONE, **SAFE),
    Case("safe_not_alphabetical", nets.chain(b_rnn="gru", a_rnn="rnn"), **SAFE),
    Case("safe_eleven_modules", nets.eleven, **SAFE),
    Case("safe_projected_pair", nets.projected_pair, layers=("second", "first"), **SAFE),
    Case("safe_sequential_head", nets.sequential_head, **SAFE),
    Case("safe_batch_norm", nets.batch_norm, layers=("lstm", "bn", "fc"), **SAFE),
    Case("safe_nested_modules", nets.nested, **SAFE),
    Case("safe_weight_norm", nets.weight_norm("lstm"), **SAFE),
    Case("safe_prefix", nets.small, "model. in front of all names",
         lambda net, _: saving.prefixed("model.", net), **SAFE),
    Case("safe_without_metadata", bare("lstm"), container="safetensors_bare", suffix="safetensors"),
]  # fmt: skip

ARRAYS = [
    Case("npz_lstm_bidirectional", bare("lstm", **BOTH), **NPZ),
    Case("npz_gru_2_layers", bare("gru", num_layers=2), **DOUBLE, **NPZ),
    Case("npz_rnn_relu", bare("rnn", **RELU), **NPZ),
    Case("npz_encoder_decoder", nets.chain(encoder="lstm", decoder="gru"), **NPZ),
    Case("npz_float16", bare("gru"), types=HALF, **NPZ),
    Case("npz_own_names", nets.chain("output", encoder="gru", decoder="lstm"),
         "in rnncalc's names", names.own, **NPZ, **DOUBLE),
    Case("npz_own_names_bidirectional", lambda: nets.net(encoder=bare("gru", **BOTH)()),
         "in rnncalc's names", names.own, **NPZ),
    Case("npz_keras_gru", lambda: nets.net(encoder=bare("gru")()), "in Keras' names and layout",
         names.keras, **NPZ),
    Case("npz_keras_lstm", lambda: nets.net(encoder=bare("lstm", **BOTH)()),
         "in Keras' names and layout, the two biases added", names.keras, **NPZ),
    Case("npz_keras_rnn", lambda: nets.net(first=bare("rnn")(), second=nets.layer("rnn", 4, 2)),
         "in Keras' names and layout, the two biases added", names.keras, **NPZ, **DOUBLE),
    Case("npz_onnx_lstm", lambda: nets.net(encoder=bare("lstm")()), "in ONNX' names and layout",
         names.onnx, **NPZ),
    Case("npz_onnx_gru", lambda: nets.net(encoder=bare("gru")()), "in ONNX' names and layout",
         names.onnx, assume=("encoder.reset_after=true",), **NPZ),
    Case("npz_onnx_rnn", lambda: nets.net(encoder=bare("rnn")()), "in ONNX' names and layout",
         names.onnx, **NPZ, **DOUBLE),
]  # fmt: skip

WHOLE = {"save": saving.whole, "whole": True}
PKL = {"suffix": "pkl"}
AS_IT_IS = "the module itself"

PICKLES = [
    Case("module_rnn_relu", bare("rnn", **RELU), AS_IT_IS, **WHOLE),
    Case("module_rnn_relu_legacy", bare("rnn", **RELU, num_layers=2, **BOTH), AS_IT_IS, **LEGACY,
         **WHOLE),
    Case("module_gru", bare("gru", **BOTH), AS_IT_IS, **PTH, **WHOLE),
    Case("module_lstm_projection", bare("lstm", 5, proj_size=2, **NO_BIAS), AS_IT_IS, **WHOLE),
    Case("module_forecast", nets.forecast, AS_IT_IS, **ONE, **WHOLE),
    Case("module_sequential_head", nets.sequential_head, AS_IT_IS, **PTH, **WHOLE),
    Case("module_long_head", nets.long_head, AS_IT_IS, **ONE, **LEGACY, **WHOLE),
    Case("module_norm_between", nets.norm_between, AS_IT_IS, **WHOLE),
    Case("module_batch_norm", nets.batch_norm, AS_IT_IS, **WHOLE),
    Case("module_weight_norm", nets.old_weight_norm, AS_IT_IS, **WHOLE),
    Case("module_cells", nets.cells, AS_IT_IS, **WHOLE),
    Case("module_parallel", nets.small, "in nn.DataParallel, the module itself",
         saving.whole_parallel, whole=True),
    Case("module_beside", nets.sequential_head, "the module itself in a checkpoint",
         saving.whole_beside, whole=True, **LEGACY),
    Case("module_pickle2", nets.small, AS_IT_IS, container="pickle2", **PKL, **WHOLE),
    Case("module_pickle5", bare("rnn", **RELU), AS_IT_IS, container="pickle5", **PKL, **WHOLE),
    Case("beside_objects", nets.small, "beside other objects", saving.beside_objects),
    Case("beside_objects_legacy", nets.small, "beside other objects", saving.beside_objects,
         **LEGACY, **PTH),
    Case("beside_objects_pickle4", nets.small, "beside other objects", saving.beside_objects,
         container="pickle4", **PKL),
    Case("pickle2", nets.forecast, container="pickle2", **PKL),
    Case("pickle3", bare("lstm"), container="pickle3", **DOUBLE, **PKL),
    Case("pickle4", nets.small, container="pickle4", **PKL),
    Case("pickle5", bare("gru", **BOTH), container="pickle5", types=BRAIN, **PKL),
    Case("arrays2", nets.forecast, container="arrays2", **PKL),
    Case("arrays3", bare("lstm"), container="arrays3", **DOUBLE, **PKL),
    Case("arrays4", nets.small, container="arrays4", types=HALF, **PKL),
    Case("arrays5", bare("gru", **BOTH), container="arrays5", **PKL),
    Case("protocol5", nets.small, container="zip5"),
    Case("module_own", nets.own, AS_IT_IS, **WHOLE),
    Case("module_own_pickle4", nets.own, AS_IT_IS, container="pickle4", **PKL, **WHOLE),
    Case("module_nested", nets.nested, AS_IT_IS, **WHOLE,
         activations={"decoder.classifier": "softmax"}),
    Case("module_pruned", nets.pruned, AS_IT_IS, **WHOLE),
    Case("module_float16", bare("lstm", num_layers=2, **BOTH), AS_IT_IS, types=HALF, **WHOLE),
    Case("module_bfloat16", nets.small, AS_IT_IS, types=BRAIN, **LEGACY, **WHOLE),
    Case("module_averaged", nets.small, "in torch's AveragedModel, the module itself",
         saving.whole_averaged, whole=True),
    Case("averaged", nets.small, "in torch's AveragedModel", saving.averaged),
    Case("beside_everything", nets.small, "beside objects of all kinds", saving.beside_everything),
    Case("beside_everything_legacy", nets.small, "beside objects of all kinds",
         saving.beside_everything, **LEGACY),
    Case("beside_everything_pickle2", nets.small, "beside objects of all kinds",
         saving.beside_everything, container="pickle2", **PKL),
    Case("beside_everything_pickle5", nets.small, "beside objects of all kinds",
         saving.beside_everything, container="pickle5", **PKL),
    Case("lightning_objects", nets.small, "laid out as Lightning's, with objects",
         saving.lightning_objects, suffix="ckpt"),
    Case("below_nested", nets.chain(encoder="gru", decoder="lstm"), "a state dict for each",
         saving.below_nested),
    Case("copies", nets.twice, "two states of one network", saving.copies,
         layers=("ema.rnn", "ema.fc")),
    Case("equal_copies", nets.small, "the module itself and its state dict", saving.equal_copies),
]  # fmt: skip

SCRIPTED = {"container": "script", **WHOLE}
TRACED = {"container": "trace", **WHOLE}

SCRIPTS = [
    Case("script_rnn_relu", bare("rnn", **RELU), **SCRIPTED),
    Case("script_gru_2_layers_bidirectional", bare("gru", num_layers=2, **BOTH), **SCRIPTED),
    Case("script_lstm", bare("lstm"), **DOUBLE, **SCRIPTED),
    Case("script_lstm_projection", bare("lstm", 5, proj_size=2, **NO_BIAS), **SCRIPTED),
    Case("script_lstm_float16", bare("lstm", **BOTH), types=HALF, **SCRIPTED),
    Case("script_rnn_cell_relu", lambda: nets.nn.RNNCell(3, 4, nonlinearity="relu"),
         assume=("rnn.activation=relu",), **SCRIPTED),
    Case("script_gru_cell", lambda: nets.nn.GRUCell(3, 4), **SCRIPTED),
    Case("script_lstm_cell", lambda: nets.nn.LSTMCell(3, 4), **SCRIPTED),
    Case("script_tagger", nets.tagger, **SCRIPTED),
    Case("script_table", nets.table, "its table is told by its class", **SCRIPTED),
    Case("script_long_head", nets.long_head, **ONE, **SCRIPTED),
    Case("script_norm_between", nets.norm_between, assume=("norm1.epsilon=0.001",), **SCRIPTED),
    Case("script_batch_norm", nets.batch_norm, **SCRIPTED),
    Case("script_cells_in_a_list", nets.cells, **SCRIPTED),
    Case("script_mobile", nets.long_head, **ONE, container="mobile", suffix="ptl", **WHOLE),
    Case("trace_rnn_relu", bare("rnn", **RELU), assume=("rnn.activation=relu",), **TRACED),
    Case("trace_gru", bare("gru", num_layers=2, **BOTH), **TRACED),
    Case("trace_lstm_projection", bare("lstm", 5, proj_size=2), **TRACED),
    Case("trace_lstm_bfloat16", bare("lstm"), types=BRAIN, **TRACED),
    Case("trace_gru_cell", lambda: nets.nn.GRUCell(3, 4), **DOUBLE, **TRACED),
]  # fmt: skip

JOB = {"suffix": "joblib", "save": saving.arrays}

JOBLIB = [
    Case("joblib", nets.forecast, container="joblib", **JOB),
    Case("joblib_zlib", bare("lstm"), container="joblib_zlib", **DOUBLE, **JOB),
    Case("joblib_gzip", bare("gru", **BOTH), container="joblib_gzip", **JOB),
    Case("joblib_bz2", bare("rnn", **RELU), container="joblib_bz2", **JOB),
    Case("joblib_lzma", nets.tagger, container="joblib_lzma", **JOB),
    Case("joblib_xz", bare("lstm", 5, proj_size=2), container="joblib_xz", **JOB),
    Case("joblib_fortran", nets.small, "column after column", saving.fortran, container="joblib2",
         suffix="joblib"),
    Case("joblib_beside", nets.small, "beside other objects", saving.arrays_beside,
         container="joblib", **PKL),
    Case("joblib_beside_packed", nets.small, "beside other objects", saving.arrays_beside,
         container="joblib_zlib", **PKL),
    Case("joblib_list", bare("lstm"), "a list of arrays", saving.listed, container="joblib_gzip",
         **PKL),
    Case("joblib_module", nets.own, AS_IT_IS, container="joblib", suffix="joblib", **WHOLE),
]  # fmt: skip

PT2 = {"container": "pt2", "suffix": "pt2", **WHOLE}

EXPORTS = [
    Case("pt2_rnn_relu_2_layers", bare("rnn", **RELU, num_layers=2), **PT2),
    Case("pt2_gru_bidirectional", bare("gru", **BOTH), **DOUBLE, **PT2),
    Case("pt2_lstm_projection", bare("lstm", 5, proj_size=2, **NO_BIAS), **PT2),
    Case("pt2_lstm_float16", bare("lstm"), types=HALF, **PT2),
    Case("pt2_rnn_cell_relu", lambda: nets.nn.RNNCell(3, 4, nonlinearity="relu"), **PT2),
    Case("pt2_lstm_cell", lambda: nets.nn.LSTMCell(3, 4), **PT2),
    Case("pt2_tagger", nets.tagger, **PT2),
    Case("pt2_table", nets.table, **PT2),
    Case("pt2_long_head", nets.long_head, **PT2),
    Case("pt2_norm_between", nets.norm_between, **PT2),
    Case("pt2_before_2_8", nets.long_head, container="pt2_before", suffix="pt2", **WHOLE),
]

CASES = [
    *BARE, *NETS, *CHECKPOINTS, *TENSORS, *SAFETENSORS, *ARRAYS, *PICKLES, *SCRIPTS, *JOBLIB,
    *EXPORTS,
]  # fmt: skip


def files() -> dict[str, Recorded]:
    """Every document and the bytes of its file, by its name."""
    return {case.name: recorded(case) for case in CASES} | refused()


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    warnings.simplefilter("ignore")  # older ways of PyTorch are wanted here
    return golden_file.write_files(FOLDER, files().items())
