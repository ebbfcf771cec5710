from apps.algorithms.models.calls import ModelCall
from apps.algorithms.models.capabilities import Capability, CapabilityCall, CapabilityRequest
from apps.algorithms.models.queue import CostLine, Quota, Worker, WorkItem
from apps.algorithms.models.warehouse import (
    Algorithm,
    AlgorithmVersion,
    Alias,
    AliasMove,
    Evaluation,
    Sample,
    SampleSet,
)

__all__ = [
    "Algorithm",
    "AlgorithmVersion",
    "Alias",
    "AliasMove",
    "Capability",
    "CapabilityCall",
    "CapabilityRequest",
    "CostLine",
    "Evaluation",
    "ModelCall",
    "Quota",
    "Sample",
    "SampleSet",
    "WorkItem",
    "Worker",
]
