"""ONNX files as messages and tensors, before anybody knows what they mean."""
