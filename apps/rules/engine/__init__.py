"""The rule core: typed decision tables without a database, a request or a loop an author wrote.

Pure Python on purpose: it must run on every processor a city hall buys. A cell is a set, an
interval, a prefix or a list of literal words, so a decision costs at most rows x columns and
no author can hang a worker; every row is a box, so overlaps and gaps can be computed.
"""
