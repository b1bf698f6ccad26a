"""HDF5 files as groups, attributes and datasets; their library works in a process of its own."""
