"""The equation of a convolution over time.

``reads`` are what a step reads, one entry for each place of the window, ``W_y`` the weights of each
place.
"""

from functools import reduce
from operator import add, matmul


def convolve(reads, *, W_y, b_y, activation):
    return activation(reduce(add, map(matmul, W_y, reads)) + b_y)
