"""Normalization: of each step by itself, or by a mean and a variance that are stored."""


def step(h, *, mean, variance, gamma, beta, epsilon, sqrt):
    return gamma * (h - mean) / sqrt(variance + epsilon) + beta
