"""TensorFlow Lite: operators become the nodes of ``of_onnx`` that compute the same.

``scope`` names values and dequantizes constants, ``operators`` is the table, ``recurrent`` takes
the fused cells, ``loops`` WHILE. What a graph of nodes amounts to is found there.
"""
