"""Files of strangers opened with care: what they hold by name, before anybody knows what it means.

HDF5, zip, pickle and safetensors become tensors that are still in their file. Nothing in a file
runs, no size is believed, no name is followed.
"""
