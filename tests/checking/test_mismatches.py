"""Recorded mismatches (``tests/recorders/record_mismatches.py``): what ``check`` says of each.

Networks of PyTorch, Keras and ONNX Runtime, carried over with one known mistake, or two; networks
that have nothing to do with each other; networks that agree. A document holds, besides what made
it: ``causes``, the ids that are right, first the one to be named first; ``equal``, others that
give the same numbers, and ``why``; ``config``, ``expected`` and, where it is not the plain one,
``show``.
"""

from __future__ import annotations

import json
from functools import cache

import pytest
from conftest import ROOT, existing, sampled

import rnncalc
from rnncalc import Checked
from rnncalc.checking.diagnosis import CAUSES
from rnncalc.checking.diagnosis.examination import Examination

FOLDER = ROOT / "tests" / "golden" / "mismatches"
DOCUMENTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in existing("*.json", FOLDER)
}
FIRST = 0.99
"""So many of the single mistakes must be named first."""


def of(kind: str) -> list[str]:
    """The names of the mismatches of a kind."""
    return [name for name, document in DOCUMENTS.items() if document["kind"] == kind]


@cache
def checked(name: str) -> Checked:
    """What is said of a mismatch, once for all tests."""
    return check(name)


def check(name: str) -> Checked:
    """What is said of a mismatch."""
    document = DOCUMENTS[name]
    return rnncalc.check(
        rnncalc.load(document["config"]), document["expected"], show=document.get("show")
    )


def named(name: str) -> list[str]:
    """The ids of the causes that are claimed."""
    return ids(checked(name))


def ids(found: Checked) -> list[str]:
    """Of its causes, the best first."""
    return [claim.id for claim in found.diagnosis.causes]


def first(name: str) -> bool:
    """Whether the cause that is right is named first."""
    return named(name)[:1] == DOCUMENTS[name]["causes"][:1]


LEAST = {"single": 120, "pair": 10, "unrelated": 20, "agreeing": 20}


def test_there_are_enough():
    """120 mismatches by every cause there is, 10 pairs, 20 unrelated, 20 that agree."""
    singles = [DOCUMENTS[name]["causes"][0] for name in of("single")]

    assert {cause: singles.count(cause) >= 5 for cause in CAUSES} == dict.fromkeys(CAUSES, True)
    assert [len(of(kind)) >= least for kind, least in LEAST.items()] == [True] * len(LEAST)


@pytest.mark.slow
def test_the_right_cause_is_named_first():
    """Of 99 % of the single mistakes."""
    misses = [f"{name}: {named(name)}" for name in of("single") if not first(name)]

    assert len(misses) <= (1 - FIRST) * len(of("single")), "\n".join(misses)


@pytest.mark.parametrize("name", sampled(of("single"), 5))
def test_no_false_cause_is_named(name):
    """Every cause that is named gives these numbers; what gives the same ones is named, too."""
    document = DOCUMENTS[name]

    assert not checked(name).agrees
    assert set(named(name)) == {*document["causes"], *document["equal"]}
    assert first(name) or document["equal"]
    assert bool(document.get("why")) == bool(document["equal"])


@pytest.mark.parametrize("name", sampled(of("pair"), 4))
def test_of_two_mistakes_both_are_named(name):
    """Each says with which other it explains the numbers."""
    one, other = DOCUMENTS[name]["causes"]

    others = {claim.id: claim.others for claim in checked(name).diagnosis.causes}
    assert others == {one: (other,), other: (one,)}


@pytest.mark.parametrize("name", sampled(of("unrelated"), 4))
def test_other_weights_have_no_cause(name):
    """However few numbers there are: a search must not find by accident."""
    assert not checked(name).agrees
    assert checked(name).diagnosis.causes == ()


@pytest.mark.parametrize("name", of("agreeing"))
def test_the_same_network_agrees(name):
    """In whatever order of axes its numbers come."""
    assert checked(name).agrees, str(checked(name))


def test_a_mistake_that_nobody_looks_for_would_be_missed(monkeypatch):
    """Without the gates' hypotheses, no order of gates is found: the files tell."""
    name = "gate_order_torch_lstm"
    assert named(name) == ["gate-order"]

    monkeypatch.setattr("rnncalc.checking.diagnosis.gates.hypotheses", lambda job, places: iter(()))

    assert ids(check(name)) == []


def test_without_weighing_few_numbers_would_have_a_cause(monkeypatch):
    """States can be solved for that bend another network to them: the files tell."""
    monkeypatch.setattr(Examination, "convincing", lambda self, free=0, left=None: True)

    assert ids(check("unrelated_torch_lstm_one_number")) == ["initial-state"]
