"""Pages of the console: who opens them, and how what is entered there is written.

``rights`` says who may open a page; ``admins`` has the two base classes that write: held for a
second person, or alone and in the log; ``edits`` what is filed and who keeps it; ``telling`` a row
as plain values and in words. Every page of the console that writes is made of one of the two.
Source: PT-15, AC-09, docs/decisions/0110.
"""
