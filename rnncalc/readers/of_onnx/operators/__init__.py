"""What an ONNX operator computes, and of which constants, shapes and lengths."""
