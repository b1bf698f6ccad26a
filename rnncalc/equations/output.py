"""The output layer: y_t = activation(W_y h_t + b_y). It carries no state from step to step."""


def step(h, *, W_y, b_y, activation):
    return activation(W_y @ h + b_y)
