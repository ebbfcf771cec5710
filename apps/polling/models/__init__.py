"""What we ask devices ourselves, and what others collect for us.

polled: gateways, plans of what stands where, polls. files: readings that loggers wrote down.
edge: nodes in the field that deliver in batches; applications: what runs on them. links: how
these stand, and when that changed.
"""

from apps.polling.models.applications import (
    EdgeApplication,
    EdgeInstall,
    EdgeRelease,
    EdgeRollout,
)
from apps.polling.models.edge import EdgeBatch, EdgeDevice, EdgeNode
from apps.polling.models.files import FileProblem, ReadingFile
from apps.polling.models.links import LinkChange
from apps.polling.models.polled import Gateway, PlanLine, Poll, PollPlan

__all__ = [
    "EdgeApplication",
    "EdgeBatch",
    "EdgeDevice",
    "EdgeInstall",
    "EdgeNode",
    "EdgeRelease",
    "EdgeRollout",
    "FileProblem",
    "Gateway",
    "LinkChange",
    "PlanLine",
    "Poll",
    "PollPlan",
    "ReadingFile",
]
