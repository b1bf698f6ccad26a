"""What of a pickle's names is understood, and what stands in for each; of all else data is kept.

``torch.save`` writes the weights of any network with these. Nothing of PyTorch is needed for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rnncalc.containers import raw
from rnncalc.containers.torch import joblib
from rnncalc.containers.torch.machine import Attributes, Name, Pairs
from rnncalc.containers.torch.storages import View, view
from rnncalc.errors import FileError, printable

PROGRAM = "__torch__"
"""How the names of the classes begin whose methods stand in an archive of TorchScript."""

REMEDY = "Save them with torch.save(model.state_dict(), file)"
LONGEST_DEVICE = 20
TENSOR_COST = 20
"""Steps that a tensor counts for: it is larger than what other opcodes make."""

STORAGES = {
    "Bool": "bool", "Byte": "uint8", "Char": "int8", "Short": "int16", "Int": "int32",
    "Long": "int64", "Half": "float16", "BFloat16": "bfloat16", "Float": "float32",
    "Double": "float64", "ComplexFloat": "complex64", "ComplexDouble": "complex128",
    "QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32", "QUInt4x2": "quint4x2",
    "QUInt2x4": "quint2x4",
}  # fmt: skip
"""The classes of storages, ``torch FloatStorage``, and the type of the numbers in them."""


def find(name: str) -> Any:
    """The stand-in for ``module name``: an inert one for what is not in the table.

    Errors: FileError for names of TorchScript, and packed weights.
    """
    if name in ALLOWED:
        return ALLOWED[name]
    shown = printable(name, 200)
    if name.startswith((PROGRAM, "torch.jit.")):
        message = f"the pickle asks for '{shown}', of TorchScript, outside of an archive of it"
        raise FileError(f"{message}. {REMEDY}")
    if name == "torch ScriptObject":
        message = f"the pickle asks for '{shown}', the packed weights of a quantized module"
        raise FileError(f"{message}. Save the network as it was before it was quantized")
    joblib.refuse_beside(name)
    return Name(name)


def find_in_script(name: str) -> Any:
    """The same in the pickles of TorchScript, where every object is of a class of its program."""
    if name in TYPED:
        return TYPED[name]
    return Name(name) if name.startswith(PROGRAM) else find(name)


def _pairs(arguments: tuple[Any, ...]) -> Pairs:
    """A dict of pairs (Python 2), of another dict (a Counter), or an empty one."""
    (given,) = arguments or ([],)
    if not isinstance(given, (list, Pairs)):
        raise TypeError
    return given if isinstance(given, Pairs) else Pairs(given)


def _listed(arguments: tuple[Any, ...]) -> Any:
    (values,) = arguments
    if not isinstance(values, (list, tuple)):
        raise TypeError
    return values


def _untagged(arguments: tuple[Any, ...]) -> Any:
    """A list or dict beside which the types stand that its program wants in it."""
    value, _ = arguments
    return value


def _device(arguments: tuple[Any, ...]) -> str:
    kind, *index = arguments
    if not isinstance(kind, str) or not all(type(number) is int for number in index):
        raise TypeError
    if len(kind) > LONGEST_DEVICE:
        raise ValueError
    return ":".join([kind, *map(str, index)])


def _attributes(arguments: tuple[Any, ...]) -> Attributes:
    () = arguments
    return Attributes([])


def _tensor(arguments: tuple[Any, ...]) -> View:
    """Storage, offset, shape, strides; then what training needs, and negated or conjugated bits."""
    storage, offset, shape, strides, *rest = arguments
    return _unless(rest[2:], view(storage, storage.dtype, offset, shape, strides))


def _typed(arguments: tuple[Any, ...]) -> View:
    """A tensor whose type stands beside its storage."""
    storage, offset, shape, strides, _, _, dtype, *rest = arguments
    dtype = dtype.removeprefix("torch.")
    if dtype not in raw.WIDTHS:
        raise TypeError
    return _unless(rest, view(storage, dtype, offset, shape, strides))


def _quantized(arguments: tuple[Any, ...]) -> View:
    storage, offset, shape, strides, *_ = arguments
    return view(storage, storage.dtype, offset, shape, strides)


def _unless(bits: list[Any], made: View) -> View:
    """A tensor, whose numbers are not those in its storage where such a bit is set."""
    if not bits or bits[0] is None or not bits[0].pairs:
        return made
    problem = "is kept as the negative or conjugate of its numbers. Save a copy: tensor.clone()"
    return View(made.storage, made.dtype, made.offset, made.shape, made.strides, problem)


def _parameter(arguments: tuple[Any, ...]) -> View:
    tensor = arguments[0]
    if not isinstance(tensor, View):
        raise TypeError
    return tensor


def _of_type(arguments: tuple[Any, ...]) -> Any:
    """A tensor of a class of its own: how it is made, its class, of what, its attributes."""
    function, _, given, _ = arguments
    if not isinstance(function, Name) or function.make is None or function.make is _of_type:
        raise TypeError
    return function.make(given)


MAKERS: dict[str, tuple[Callable[[tuple[Any, ...]], Any], int]] = {
    "collections OrderedDict": (_pairs, 1),
    "collections Counter": (_pairs, 1),
    "collections defaultdict": (lambda arguments: Pairs([]), 1),
    "argparse Namespace": (_attributes, 1),
    "__builtin__ set": (_listed, 1),
    "builtins set": (_listed, 1),
    **{name: (partial(joblib.Wrapper, name), 1) for name in joblib.WRAPPERS},
    "torch Size": (_listed, 1),
    "torch device": (_device, 1),
    "torch._utils _rebuild_tensor": (_tensor, TENSOR_COST),
    "torch._utils _rebuild_tensor_v2": (_tensor, TENSOR_COST),
    "torch._utils _rebuild_tensor_v3": (_typed, TENSOR_COST),
    "torch._utils _rebuild_qtensor": (_quantized, TENSOR_COST),
    "torch._tensor _rebuild_from_type_v2": (_of_type, TENSOR_COST),
    "torch._utils _rebuild_parameter": (_parameter, 1),
    "torch._utils _rebuild_parameter_with_state": (_parameter, 1),
}

TYPED = {
    f"torch.jit._pickle {name}": Name(f"torch.jit._pickle {name}", make)
    for name, make in (
        ("restore_type_tag", _untagged),
        *((f"build_{kind}list", _listed) for kind in ("tensor", "int", "double", "bool")),
    )
}
"""What TorchScript writes around lists and dicts: what is in them."""

SCHEMES = ("per_tensor_affine", "per_channel_affine", "per_channel_affine_float_qparams")

ALLOWED: dict[str, Name | str] = {
    **{name: Name(name, make, cost) for name, (make, cost) in MAKERS.items()},
    **{
        f"torch {kind}Storage": Name(f"torch {kind}Storage", holds=dtype)
        for kind, dtype in STORAGES.items()
    },
    "torch.storage UntypedStorage": Name("torch.storage UntypedStorage", holds="uint8"),
    **{f"torch {dtype}": f"torch.{dtype}" for dtype in (*raw.WIDTHS, *SCHEMES)},
}
"""Stand-ins by module and name; types of numbers stand for themselves, as text."""
