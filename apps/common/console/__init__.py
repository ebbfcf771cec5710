"""Admin pages that may write: held for a second person, or alone and in the log.

``admins`` has the two base classes, ``edits`` what is filed and who keeps it, ``telling`` a
row as plain values and in words. Every page of the console that writes is made of one of the
two. Source: PT-15, AC-09, docs/decisions/0110.
"""
