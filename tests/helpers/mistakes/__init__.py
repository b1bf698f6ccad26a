"""What people get wrong, each mistake with the way to plant it and the goldens that must see it.

One file per place in which it is made; how it is planted stands in ``planting.py``.
"""

from mistakes import in_equations, in_order, in_settings, in_weights

MISTAKES = in_weights.MISTAKES | in_settings.MISTAKES | in_equations.MISTAKES | in_order.MISTAKES
