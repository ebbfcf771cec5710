"""Classical algorithms on pictures: background, figures, lines, zones. No database, no Django.

Runs in worker processes only: nothing here is imported by pages. Every algorithm keeps the
contract of ``apps.algorithms.contract``. Source: VD-09, VD-10, docs/decisions/0067.
"""
