"""ONNX' graphs: from nodes, by what is proved of the values between them, to layers."""
