"""TensorFlow Lite files: flatbuffers, whose offsets are judged before the library follows them."""
