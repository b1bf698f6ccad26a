"""Insight: why a state is what it is, and what stands out in a run; data and plain sentences.

``why`` is about one timestep, ``summary`` about a whole trace. Both need a trace that has recorded
every quantity, and neither prints.
"""

from rnncalc.insight.summary import Standing as Standing
from rnncalc.insight.summary import summary as summary
from rnncalc.insight.why import Insight as Insight
from rnncalc.insight.why import Why as Why
from rnncalc.insight.why import why as why
