"""Many sequences: read and computed block by block, each kept as soon as it is whole.

A source (``sources.py``, ``files.py``, ``arrays.py``) has names and gives sequences by their
numbers; ``blocks.py`` cuts them, by the data alone; ``compute.py`` makes pieces of a block, plain
data of plain data, in this process or in another; a sink (``sinks.py``) keeps the pieces, and its
manifest (``manifest.py``) which are there. ``loop.py`` is the plain loop over the blocks, and
``run.py`` the one call that puts it all together.
"""
