"""ONNX' graphs: from nodes, by what is proved of the values between them, to layers.

First ``recognised`` puts back what was written out (``loops``, ``scans``, ``unrolled`` find a
recurrence, ``step_cells`` says which cell it is, ``put_back`` makes the node); then ``walk`` goes
through the nodes, ``recurrent`` and ``heads`` read layers off them.
"""
