from apps.algorithms.models.calls import ModelCall
from apps.algorithms.models.capabilities import Capability, CapabilityCall, CapabilityRequest
from apps.algorithms.models.datasets import DataSet, DataSetGrant, DataSetUse
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
    "DataSet",
    "DataSetGrant",
    "DataSetUse",
    "Evaluation",
    "ModelCall",
    "Quota",
    "Sample",
    "SampleSet",
    "WorkItem",
    "Worker",
]
