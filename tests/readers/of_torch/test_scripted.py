"""TorchScript: what its objects say, what is a constant of its program, and what it leaves open."""

from __future__ import annotations

import numpy as np
import pytest
from golden_files import FOLDER

import rnncalc
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.torch.file import SCRIPT
from rnncalc.containers.torch.objects import Instance
from rnncalc.errors import FileError
from rnncalc.readers import contents_of
from rnncalc.readers.contents.silence import PROGRAM
from rnncalc.readers.of_torch.file import of_modules
from rnncalc.readers.of_torch.scripted import modules_of

MODULES = "__torch__.torch.nn.modules"


def tensor(*shape):
    numbers = np.arange(np.prod(shape), dtype=float).reshape(shape) / 7
    return Tensor("t", shape, "float32", lambda: numbers)


def script(*constants, **attributes):
    data = Instance("__torch__.___torch_mangle_3 Net", attributes)
    return Instance(SCRIPT, {"data": data, "constants": list(constants)})


def linear(rows, columns):
    weights = {"weight": tensor(rows, columns), "bias": tensor(rows)}
    return Instance(f"{MODULES}.linear.___torch_mangle_12 Linear", {"training": False, **weights})


def sequential(**modules):
    return Instance(f"{MODULES}.container Sequential", modules)


def function(kind):
    return Instance(f"{MODULES}.activation.___torch_mangle_7 {kind}", {"training": False})


def contents(given):
    modules, _ = modules_of(given)
    return of_modules(modules, "net.pt", "PyTorch, TorchScript", PROGRAM)


@pytest.mark.parametrize(
    ("kind", "activation", "unsaid"),
    [
        ("ReLU", "relu", ""),
        ("LeakyReLU", {"name": "leaky_relu", "alpha": 0.01}, "negative_slope"),
        ("Softmax", "softmax", "dim"),
        ("GELU", "gelu", "approximate"),
        ("Softplus", "softplus", "beta and threshold"),
    ],
)
def test_what_is_a_constant_of_the_program_is_assumed(kind, activation, unsaid):
    """A slope, a dim, a threshold: the module that follows is known, its constants are not."""
    (part,) = contents(script(fc=sequential(**{"0": linear(2, 3), "1": function(kind)}))).parts

    assert part.block["activation"] == activation
    assert [one.why for one in part.assumed] == [
        f"nn.{kind} follows, and the usual {unsaid} is taken; only the program in the file, "
        "which is not run, says it"
    ] * bool(unsaid)


def test_classes_are_those_of_python():
    """The numbers that a program gives its classes are no part of their names."""
    modules, _ = modules_of(script(fc=linear(2, 3)))

    assert modules.kind == "Net"
    assert modules["_modules"]["fc"].kind == "torch.nn.modules.linear Linear"


def test_the_class_says_what_a_matrix_is():
    """A table as wide as its head is none of a file's assumptions any more."""
    found = contents_of(FOLDER / "torch" / "script_table.pt", "torch")
    kinds = [(part.name, part.kind) for part in found.parts]

    assert kinds == [("words", "embedding"), ("gru", "recurrent"), ("out", "output")]
    assert not [one for one in found.assumptions if one.key == "kind"]


def test_tensors_that_are_no_parameters_are_named():
    """Lists of an object, and constants of the program, are left out and said."""
    given = script(tensor(2), states=[tensor(3), tensor(3)], fc=linear(2, 3))
    _, left_out = modules_of(given)

    assert left_out == [
        "states: 2 tensors",
        "constants.pkl: 1 tensor without names, constants of the program",
    ]


def test_where_a_function_is_applied_stands_in_the_program():
    """Outside of an nn.Sequential it is left out, and the warning says who knows."""
    (warning,) = contents(script(fc=linear(2, 3), relu=function("ReLU"))).warnings

    assert "where it is applied only the program in the file says, which is not run" in warning


def test_packed_weights_are_refused_with_their_place():
    """Objects of C++ keep weights in an order of their own."""
    inner = Instance("__torch__.torch.classes.quantized LinearPackedParamsBase", {})
    with pytest.raises(FileError, match=r"fc\.packed is '__torch__.*Base', packed weights"):
        modules_of(script(fc=Instance("__torch__ Fc", {"packed": inner, "w": tensor(1)})))


def test_an_object_may_hold_itself():
    """No network ends in it: it is refused when its modules are walked."""
    given = script(fc=linear(2, 3))
    given["data"]["me"] = given["data"]
    with pytest.raises(FileError, match="nest more than 32 levels deep"):
        contents(given)


def test_the_program_is_not_read(tmp_path):
    """Whatever stands in code/, numbers are the same: here it is damaged and compressed."""
    import zipfile

    source, copy = FOLDER / "torch" / "trace_gru.pt", tmp_path / "net.pt"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(copy, "w") as new:
        for info in old.infolist():
            program = "/code/" in info.filename
            packed = zipfile.ZIP_DEFLATED if program else zipfile.ZIP_STORED
            data = b"raise SystemExit" if program else old.read(info)
            new.writestr(zipfile.ZipInfo(info.filename), data, packed)
    x = [[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]]

    ours, theirs = (rnncalc.run(rnncalc.load(path), x).h for path in (source, copy))
    np.testing.assert_array_equal(ours, theirs)
