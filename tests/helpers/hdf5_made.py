"""HDF5 files that no framework writes: what is refused, each by the name that it is refused by."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

Maker = Callable[[h5py.File, Path], None]

RNG = np.random.default_rng(5)
NUMBERS = RNG.normal(size=(5, 7))


def soft_link(file: h5py.File, _: Path) -> None:
    file["a/kernel"] = NUMBERS
    file["a/other"] = h5py.SoftLink("/a/kernel")


def soft_link_to_nothing(file: h5py.File, _: Path) -> None:
    file["other"] = h5py.SoftLink("/nowhere")


def external_link(file: h5py.File, secret: Path) -> None:
    file["a"] = h5py.ExternalLink(str(secret), "/")


def external_storage(file: h5py.File, secret: Path) -> None:
    file.create_dataset("a", (4,), "u1", external=[(str(secret), 0, 4)])


def external_storage_of_etc(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", (4,), "u1", external=[("/etc/hostname", 0, 4)])


def virtual(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(str(secret), "a", (4,))
    file.create_virtual_dataset("a", layout)


def virtual_of_no_end(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout((4,), "u1", maxshape=(None,))
    source = h5py.VirtualSource(str(secret), "a", (4,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("a", layout)


def cycle(file: h5py.File, _: Path) -> None:
    group = file.create_group("a/b")
    group["c"] = file["a"]


def cycle_of_the_root(file: h5py.File, _: Path) -> None:
    file["a"] = file["/"]


def deep(file: h5py.File, _: Path) -> None:
    file.create_group("/".join("abcdefgh" * 9))


def reference(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", data=file.ref, dtype=h5py.ref_dtype)


def record(file: h5py.File, _: Path) -> None:
    file["a"] = np.zeros(3, [("real", "f4"), ("imaginary", "f4")])


def named_type(file: h5py.File, _: Path) -> None:
    file["a"] = np.dtype("f8")


def of_a_named_type(file: h5py.File, _: Path) -> None:
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.commit(file.id, b"z")
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file.id, b"a", kind, space)


def attribute_reference(file: h5py.File, _: Path) -> None:
    file.create_group("a").attrs["name"] = file.ref


def many_attributes(file: h5py.File, _: Path) -> None:
    file.create_group("a").attrs.update({f"names{index}": index for index in range(1001)})


def attribute_record(file: h5py.File, _: Path) -> None:
    file.attrs["name"] = np.zeros((), [("a", "f4")])


def attribute_of_two_axes(file: h5py.File, _: Path) -> None:
    file.attrs["name"] = NUMBERS


def attribute_of_wide_numbers(file: h5py.File, _: Path) -> None:
    file.attrs["name"] = np.longdouble(3)


def attribute_not_utf8(file: h5py.File, _: Path) -> None:
    file.attrs["name"] = np.bytes_(b"\xffabc")


def name_not_utf8(file: h5py.File, _: Path) -> None:
    h5py.h5g.create(file.id, b"\xff")


def other_filter(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", data=np.arange(100), chunks=(10,), scaleoffset=0)


def claim(shape: tuple[int, ...]) -> Maker:
    """A shape of which no number is in the file."""

    def make(file: h5py.File, _: Path) -> None:
        file.create_dataset("a", shape, "f4", chunks=(1024,) * len(shape))

    return make


def claim_in_one_piece(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", (1 << 40,), "f4")


def bomb(file: h5py.File, _: Path) -> None:
    data = np.zeros(17 << 20, "f4")
    file.create_dataset("a", data=data, chunks=(1 << 20,), compression="gzip")


def one_chunk(file: h5py.File, data: bytes, **filters: object) -> None:
    """Ten numbers of 4 bytes, which should have gone through the filters."""
    file.create_dataset("a", (10,), "f4", chunks=(10,), **filters).id.write_direct_chunk((0,), data)


def chunk_of_a_bomb(file: h5py.File, _: Path) -> None:
    """A chunk of 40 bytes that unpacks to 64 MiB."""
    one_chunk(file, zlib.compress(bytes(1 << 26)), compression="gzip")


def wrong_checksum(file: h5py.File, _: Path) -> None:
    one_chunk(file, bytes(40) + b"\1\0\0\0", fletcher32=True)


def chunk_too_short(file: h5py.File, _: Path) -> None:
    one_chunk(file, zlib.compress(bytes(8)), compression="gzip")


def no_gzip(file: h5py.File, _: Path) -> None:
    one_chunk(file, b"abcdefghijkl", compression="gzip")


def no_lzf(file: h5py.File, _: Path) -> None:
    """A copy of bytes before the first one."""
    one_chunk(file, b"\x20\x05", compression="lzf")


def lzf_bomb(file: h5py.File, _: Path) -> None:
    """Copies of copies: two bytes become 264 more, a million times."""
    one_chunk(file, b"\0a" + b"\xe0\xff\0" * 20_000, compression="lzf")


def large_chunk(file: h5py.File, _: Path) -> None:
    dataset = file.create_dataset("a", (1 << 26,), "f4", chunks=(1 << 26,), compression="gzip")
    dataset.id.write_direct_chunk((0,), bytes(1 << 22))


def chunks_missing(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", (40,), "f4", chunks=(10,))[:10] = 1


def holes(file: h5py.File, _: Path) -> None:
    """A file of a terabyte that takes a few blocks of the disk."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple((1 << 38,))
    h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32LE, space, plan)


def nothing(file: h5py.File, _: Path) -> None:
    file.create_dataset("a", (40,), "f4")


REFUSED: list[tuple[Maker, str]] = [
    (soft_link, "'a/other' is a soft link: not followed"),
    (soft_link_to_nothing, "'other' is a soft link: not followed"),
    (external_link, "'a' is a link to another file: not followed"),
    (external_storage, "'a' keeps its numbers in another file: not followed"),
    (external_storage_of_etc, "'a' keeps its numbers in another file: not followed"),
    (virtual, "'a' is a virtual dataset: not followed"),
    (virtual_of_no_end, "'a' is a virtual dataset: not followed"),
    (cycle, "'a/b/c' is a group that it stands in: not followed"),
    (cycle_of_the_root, "'a' is a group that it stands in: not followed"),
    (deep, "has groups more than 64 deep"),
    (reference, "'a' is made of references, records or a named datatype: not read"),
    (record, "'a' is made of references, records or a named datatype: not read"),
    (named_type, "'a' is a named datatype: not read"),
    (of_a_named_type, "'a' is made of references, records or a named datatype: not read"),
    (attribute_reference, "attribute 'name' of 'a' is neither text nor numbers: not read"),
    (many_attributes, "'a' has more than 1,000 attributes"),
    (attribute_record, "attribute 'name' of '/' is neither text nor numbers: not read"),
    (attribute_of_two_axes, "attribute 'name' of '/' has several axes: not read"),
    (attribute_of_wide_numbers, "attribute 'name' of '/' holds numbers of more than 64 bits"),
    (attribute_not_utf8, "attribute 'name' of '/' holds text that is not UTF-8"),
    (name_not_utf8, "'/' holds text that is not UTF-8"),
    (other_filter, "a: went through filter 6, which is not undone. Write the file anew with"),
    (claim((1 << 40,)), "a: has 0 of the 1,073,741,824 chunks that its shape takes"),
    (claim((1 << 31, 1 << 31)), "a: claims 18,446,744,073,709,551,616 bytes"),
    (claim_in_one_piece, "a: claims 4,398,046,511,104 bytes, of which none is in the file"),
    (nothing, "a: claims 160 bytes, of which none is in the file"),
    (chunks_missing, "a: has 1 of the 4 chunks that its shape takes"),
    (holes, "claims 1,099,511,629,824 bytes, of which next to none are on the disk"),
    (bomb, "a: unpacks to 71,303,168 bytes from"),
    (large_chunk, "a: is kept in chunks of more than 128 MiB"),
]
"""How each is made, and what is said of it."""
