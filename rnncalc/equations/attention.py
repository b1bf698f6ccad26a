"""The equations of attention: how much each query takes of every value.

Everything is a column: ``q`` holds queries, ``k`` keys and ``values`` what they stand for, a column
each; of one query, scores and weights are a column too, a number for every key.
"""

from functools import reduce
from operator import add, matmul

from rnncalc.equations.stateless import TURN


def project(x, *, W, b):
    return W @ x + b


def dot(q, k, *, scale):
    return scale * (TURN(k) @ q)


def general(q, k, *, W_a, scale):
    return scale * (TURN(W_a @ k) @ q)


def additive(q, k, *, v, W_q, W_k, b, scale, tanh):
    return TURN(v) @ tanh(scale * (W_q @ q + W_k @ k + b))


def attend(scores, values, *, softmax):
    weights = softmax(scores)
    context = values @ weights
    return {"scores": scores, "weights": weights, "context": context}


def combine(contexts, *, W_o, b_o):
    return reduce(add, map(matmul, W_o, contexts)) + b_o
