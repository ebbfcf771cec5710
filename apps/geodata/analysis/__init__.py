"""Spatial analysis: pure computations in the city's metric plane. No database, no rights.

Shapes come in and go out in metres; who calls has read them under somebody's right.
"""
