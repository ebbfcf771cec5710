"""The only writers of who comes, moves and goes.

One module per topic: ``leaving`` and ``handing`` (AC-11), ``joining`` and ``training``
(AC-12), ``moving`` (AC-13, AC-14), ``directory`` (AC-13), ``reorganising`` (AC-01) and
``reviewing`` (AC-10). They write accounts' rows only through accounts' services.
"""
