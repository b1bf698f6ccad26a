"""Mistakes are tried together: each gives the numbers that it gives alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from layers_of_three import drawn_layer

import rnncalc
from rnncalc import Model
from rnncalc.checking.diagnosis import beside, biases, functions, gates, states
from rnncalc.checking.diagnosis.hypothesis import places_of
from rnncalc.checking.diagnosis.job import Job, job_of
from rnncalc.errors import RnncalcError


def changed(job: Job) -> list[Job]:
    """The job with each of many mistakes."""
    every = [*states.hypotheses(job)]
    for places in places_of(job):
        for kind in (gates, biases, functions):
            every += kind.hypotheses(job, places)
    jobs = []
    for one in every:
        try:
            jobs.append(one.change(job))
        except RnncalcError:
            continue
    return jobs


def network(cell: str, *, both: bool = False, **more) -> Job:
    """Two layers."""
    rng, layers, features = np.random.default_rng(4), [], 2
    for _ in range(2):
        back = {"backward": drawn_layer(rng, cell, features)} if both else {}
        layers.append(drawn_layer(rng, cell, features, **back))
        features = 6 if both else 3
    x = rng.normal(size=(2, 4, 2))
    return job_of(rnncalc.run(Model(layers, x=x, **more)), "h")


@pytest.mark.parametrize(("cell", "both"), [("rnn", True), ("gru", False), ("lstm", False)])
def test_each_mistake_gives_what_it_gives_alone(cell, both, monkeypatch):
    """Of whole networks, layers and directions; in a tenth of the runs, and from the layer on in
    which it is."""
    job = network(cell, both=both)
    runs: list[list[Model]] = []
    real = beside.run_beside
    monkeypatch.setattr(beside, "run_beside", lambda *a: runs.append(a[0]) or real(*a))
    jobs = changed(job)
    each = list(map(alone, jobs))
    found = beside.Beside(job).series(jobs)
    sizes = Counter(len(model.layers) for models in runs for model in models)

    for ours, theirs in zip(found, each, strict=True):
        np.testing.assert_allclose(ours.values, theirs, rtol=0, atol=1e-14)
    assert sum(sizes.values()) > max(0.8 * len(jobs), 10 * len(runs))
    assert all(sizes[count] > 0.1 * len(jobs) for count in (1, 2))


@pytest.mark.parametrize("more", [{"lengths": [3, 4]}, {"mode": "many-to-one"}])
def test_padding_and_single_rows(more):
    """Padded sequences go alone, what ends in one row does not: the numbers are the same."""
    as_alone(network("rnn", both=True, **more))


def test_one_to_many_goes_through_all_layers():
    """Its input is one timestep, which many are made of: no layer in front may be left out."""
    rng = np.random.default_rng(5)
    layers = [drawn_layer(rng, "gru", 3) for _ in range(2)]
    model = Model(layers, x=rng.normal(size=(1, 3)), mode="one-to-many", timesteps=4, feedback="x")
    as_alone(job_of(rnncalc.run(model), "h"))


def as_alone(job: Job) -> None:
    """Each of many mistakes gives what it gives alone, or nothing, as there."""
    jobs = changed(job)

    for one, found in zip(jobs, beside.Beside(job).series(jobs), strict=True):
        theirs = alone(one)
        assert (found is None) == (theirs is None)
        if found is not None:
            np.testing.assert_allclose(found.values, theirs, rtol=0, atol=1e-14)


def alone(job: Job) -> np.ndarray | None:
    """What one job gives; None where that is nothing."""
    try:
        return job.series().values
    except (RnncalcError, ValueError):
        return None
