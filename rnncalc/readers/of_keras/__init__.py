"""Keras' files: from configs, groups and names of weights to the layers that they are."""
