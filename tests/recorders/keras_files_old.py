"""Files of older Kerases, as the one that is at hand can be made to write them, or rewritten.

TensorFlow 2.12 and 2.13 walked through the attributes of a model in another order, which gave the
groups of its weights other names. Keras before 2.3 had no level of cells in the names of weights,
no InputLayer in the config of a Sequential, and for some time no dict around its layers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from rewriting import archive, give_layers, hdf5

LIBRARY = "tf_keras.src.saving.saving_lib"
DEPENDENCIES = "_layer_checkpoint_dependencies"
NEWER = {"time_major", "zero_output_for_mask", "reset_after", "ragged", "sparse", "optional"}
"""Keys that configs before 2.2 did not have."""


def ascending(trackable: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object, as TensorFlow 2.12 and 2.13 went through them."""
    from tf_keras.src.saving import saving_lib

    for name in sorted(dir(trackable)):
        if name.startswith("__") or name in saving_lib.ATTR_SKIPLIST - {DEPENDENCIES}:
            continue
        try:
            child = getattr(trackable, name)
        except Exception:
            continue
        yield name, child


def counted(
    container: Any,
    weights_store: Any,
    assets_store: Any,
    inner_path: str,
    visited_trackables: set[int],
) -> None:
    """The members of a container, a layer that stands twice in it being counted twice."""
    from tf_keras.src.saving import saving_lib
    from tf_keras.src.utils import generic_utils

    used: dict[str, int] = {}
    for one in container.values() if isinstance(container, dict) else container:
        if saving_lib._is_keras_trackable(one):
            name = generic_utils.to_snake_case(type(one).__name__)
            used[name] = used.get(name, -1) + 1
            name = f"{name}_{used[name]}" if used[name] else name
            path = f"{inner_path}/{name}"
            saving_lib._save_state(one, weights_store, assets_store, path, visited_trackables)


def dependencies() -> AbstractContextManager[Any]:
    """Groups are called _layer_checkpoint_dependencies, and not layers."""
    return patch(f"{LIBRARY}._walk_trackable", ascending)


def dependencies_counted() -> AbstractContextManager[Any]:
    """And every layer with weights has two numbers, of which the first is used."""
    stack = ExitStack()
    stack.enter_context(dependencies())
    stack.enter_context(patch(f"{LIBRARY}._save_container_state", counted))
    return stack


def before_cells(version: str, as_list: bool = False) -> Callable[[bytes], bytes]:
    """A whole .h5 of a Sequential as Keras before 2.3 wrote it.

    Args:
        version: that Keras'.
        as_list: whether a Sequential's config is the list of its layers alone.
    """

    def changed(new: Any, old: Any) -> None:
        config = json.loads(new.attrs["model_config"])
        config["config"] = sequential_config(config["config"], as_list)
        old.attrs["keras_version"] = version.encode()
        old.attrs["backend"] = b"tensorflow"
        old.attrs["model_config"] = json.dumps(config).encode()
        without_cells(new["model_weights"], old.create_group("model_weights"), version)

    return hdf5(changed)


def weights_before_cells(version: str) -> Callable[[bytes], bytes]:
    """The same of weights alone."""
    return hdf5(lambda new, old: without_cells(new, old, version))


def without_cells(new: Any, old: Any, version: str) -> None:
    """All layers, the names of their weights without the level of the cell."""
    layers: dict[str, list[tuple[str, Any]]] = {}
    for layer in new.attrs["layer_names"]:
        layers[layer] = []
        for name in new[layer].attrs["weight_names"]:
            *places, last = name.split("/")
            short = "/".join([*(place for place in places if not place.endswith("_cell")), last])
            layers[layer].append((short, new[layer][name][()]))
    give_layers(old, layers, keras_version=version, backend="tensorflow")


def sequential_config(config: dict[str, Any], as_list: bool) -> Any:
    """No InputLayer, the shape in the first layer, no newer keys."""
    first, *layers = [without_newer(layer) for layer in config["layers"]]
    layers[0]["config"]["batch_input_shape"] = first["config"]["batch_input_shape"]
    return layers if as_list else {"name": config["name"], "layers": layers}


def without_newer(value: Any) -> Any:
    """A config without the keys that came later; initializers are left as they are."""
    if isinstance(value, list):
        return [without_newer(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {key: without_newer(part) for key, part in value.items() if key not in NEWER}


@hdf5
def windows(new: Any, old: Any) -> None:
    """Groups as Keras on Windows named them for a time: a whole way in one name."""
    ways: list[str] = []
    new.visit(lambda way: ways.append(way) if way.endswith("vars") else None)
    for way in ways:
        above = way.rpartition("/")[0]
        group = old.create_group(above.replace("/", "\\")) if above else old
        group = group.create_group("vars")
        for name, array in new[way].items():
            group.create_dataset(name, data=array[()])


def windows_inside(content: bytes) -> bytes:
    """The same in a .keras file."""

    def changed(member: str, data: bytes) -> bytes:
        return windows(data) if member == "model.weights.h5" else data

    return archive(content, changed)
