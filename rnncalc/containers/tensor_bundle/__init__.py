"""TensorFlow's checkpoints: an index of names, and the numbers in files beside it."""
