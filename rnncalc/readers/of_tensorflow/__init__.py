"""TensorFlow's own files: SavedModel folders and checkpoints, of Keras' layers and older cells."""
