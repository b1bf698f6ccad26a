"""ONNX' graphs: from nodes, by what is proved of the values between them, to layers.

``operators`` says what each operator computes, of numbers and of lengths. ``loops`` puts nodes RNN,
GRU and LSTM in the place of recurrences that were written out: as a Loop, as a Scan, or step by
step. ``walk`` goes through the nodes, follows what flows between them, and reads layers off them.
"""
