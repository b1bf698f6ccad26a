"""Insight: why a state is what it is, and what stands out in a run; data and plain sentences.

``why`` is about one timestep, ``summary`` about a whole trace. Both need a trace that has recorded
every quantity, and neither prints.
"""

from rnncalc.explaining.insight.summary import Standing as Standing
from rnncalc.explaining.insight.summary import summary as summary
from rnncalc.explaining.insight.why import Insight as Insight
from rnncalc.explaining.insight.why import Why as Why
from rnncalc.explaining.insight.why import why as why
