"""Vendors' models run in a process of their own, which may be killed at any moment.

``sessions`` is our side of the pipe; ``child`` is a program of its own that only reads what it
is given. Nothing else of the project loads ONNX Runtime. Source: CP-05, docs/decisions/0067.
"""

from apps.algorithms.runner.sessions import Limits, ModelSession, look_into

__all__ = ["Limits", "ModelSession", "look_into"]
