"""Stand-in."""

from dataclasses import dataclass, field

import h5py
import numpy as np

from rnncalc.readers.tensor import Tensor


@dataclass
class Group:
    name: str = ""
    attributes: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    tensors: dict = field(default_factory=dict)


def _plain(v):
    if isinstance(v, bytes):
        return v.decode()
    if isinstance(v, np.ndarray):
        return [_plain(x) for x in v.tolist()]
    return v


def _walk(g, name):
    r = Group(name, {k: _plain(v) for k, v in g.attrs.items()})
    for k, o in g.items():
        if isinstance(o, h5py.Group):
            r.groups[k] = _walk(o, f"{name}/{k}".strip("/"))
        else:
            a = np.array(o)
            r.tensors[k] = Tensor(f"{name}/{k}", a.shape, str(a.dtype), lambda a=a: a.astype(float))
    return r


def tree(path):
    return _walk(h5py.File(path), "")


def attribute(g, name):
    if name in g.attributes:
        return list(g.attributes[name])
    r = []
    i = 0
    while f"{name}{i}" in g.attributes:
        r += g.attributes[f"{name}{i}"]
        i += 1
    return r
