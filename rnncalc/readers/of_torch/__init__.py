"""PyTorch's files: from checkpoints and the names of tensors to the layers that they are."""
