"""Chinese text that learns from what people decide (TX-01, HL-12, HL-18).

``reading`` looks at each demand once, soon after it came: proposals, the version on trial,
warnings. ``dispatching`` sends it out with no person where the city wants that. ``examples`` is
what models learn from, ``comparing`` how the version on trial and the times compare.
"""
