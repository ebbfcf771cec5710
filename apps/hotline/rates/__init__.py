"""The three rates (三率): 响应率, 解决率, 满意率.

``formula`` says what is counted (a version is data, not code), ``facts`` reads what is known of
each case of a month, ``judging`` says how each case counts and why, ``selectors`` adds up and
opens the cases behind a figure, ``services`` writes formulas, exclusions and closed months.
"""
