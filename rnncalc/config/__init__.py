"""From text to Model: keys, blocks and arrays of a config."""
