"""Who is silent about what is assumed: a pickled module, a program or a graph that is not read.

The readers of names say it of a file of weights; other files hold more, and say it themselves.
"""

from __future__ import annotations

from typing import NamedTuple

from rnncalc.readers.contents.contents import Contents
from rnncalc.readers.contents.part import Assumption


class Silence(NamedTuple):
    """What stands in the place of the words that are true of a file of weights.

    Attributes:
        weights: for ``a file of weights does not say``.
        none: for ``no file of weights says``.
        place: for ``is not in the file``, of the place of a module without weights.
        only: for ``the file holds weights only``.
    """

    weights: str
    none: str
    place: str
    only: str = "the file holds weights only"


STATE_DICT = Silence(
    "a file of weights does not say", "no file of weights says", "is not in the file"
)
PICKLED = Silence("a pickled module does not say", "no pickled module says", "is not in the file")
PROGRAM = Silence(
    "only the program in the file, which is not run, says",
    "only the program in the file, which is not run, says",
    "only the program in the file says, which is not run",
)
GRAPH = Silence(
    "only the graph in the file, which is not followed, says",
    "only the graph in the file, which is not followed, says",
    "only the graph in the file says, which is not followed",
)
UNREAD = "only the graph in saved_model.pb, which is not read, says"
SAVED_MODEL = Silence(UNREAD, UNREAD, "is only in the graph, which is not read", f"{UNREAD} it")


def silent(contents: Contents, silence: Silence) -> Contents:
    """The same contents, whose assumptions and warnings say who is silent."""
    contents.assumed = [_said(one, silence) for one in contents.assumed]
    for part in contents.parts:
        part.assumed = [_said(one, silence) for one in part.assumed]
        part.problem = part.problem.replace(STATE_DICT.weights, silence.weights)
    contents.warnings = [one.replace(STATE_DICT.place, silence.place) for one in contents.warnings]
    return contents


def _said(one: Assumption, silence: Silence) -> Assumption:
    why = one.why.replace(STATE_DICT.weights, silence.weights)
    why = why.replace(STATE_DICT.none, silence.none).replace(STATE_DICT.only, silence.only)
    return one._replace(why=why)
