"""Files and their edits, links, special groups and visits, collection and sharing."""

from apps.registry.models.care import (
    Enrolment,
    EnrolmentStep,
    Opening,
    SpecialType,
    Visit,
    VisitDue,
)
from apps.registry.models.collecting import CollectionTarget, CollectionTask, Share, ShareRead
from apps.registry.models.cycles import FileCycle
from apps.registry.models.files import (
    Edit,
    FieldSet,
    Firm,
    Goods,
    Person,
    Premises,
    RegistryFile,
    Site,
)
from apps.registry.models.links import Relation, RelationKind, UtilityReading

__all__ = [
    "CollectionTarget",
    "CollectionTask",
    "Edit",
    "Enrolment",
    "EnrolmentStep",
    "FieldSet",
    "FileCycle",
    "Firm",
    "Goods",
    "Opening",
    "Person",
    "Premises",
    "RegistryFile",
    "Relation",
    "RelationKind",
    "Share",
    "ShareRead",
    "Site",
    "SpecialType",
    "UtilityReading",
    "Visit",
    "VisitDue",
]
