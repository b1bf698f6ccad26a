"""Stand-in."""

import io
import json
import zipfile
from types import SimpleNamespace

from rnncalc.readers.hdf5 import tree


def archive(path):
    z = zipfile.ZipFile(path)
    return SimpleNamespace(
        config=json.loads(z.read("config.json")),
        metadata=json.loads(z.read("metadata.json")),
        weights=tree(io.BytesIO(z.read("model.weights.h5"))),
    )
