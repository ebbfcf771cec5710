"""The citizens' door: report, follow, complete, evaluate, read results and answers.

No account is needed. A report is followed with its receipt number and the phone it was sent
from (or, for an anonymous one, the code shown with the receipt). Source: HL-02, HL-05, HL-10,
HL-13, HL-14, HL-16, HL-19.
"""
