"""HDF5 files as groups, attributes and datasets, read by nobody but us or in a process apart."""
