from apps.personnel.models.directory import DirectorySnapshot
from apps.personnel.models.joining import (
    Course,
    JoinRequest,
    PostStanding,
    PostTemplate,
    TrainingRecord,
)
from apps.personnel.models.leaving import HandOver, Leaving, LeavingStep
from apps.personnel.models.moving import Transfer
from apps.personnel.models.reorganising import Reorganisation
from apps.personnel.models.reviewing import ReviewRound, ReviewRow, UnitReview

__all__ = [
    "Course",
    "DirectorySnapshot",
    "HandOver",
    "JoinRequest",
    "Leaving",
    "LeavingStep",
    "PostStanding",
    "PostTemplate",
    "Reorganisation",
    "ReviewRound",
    "ReviewRow",
    "TrainingRecord",
    "Transfer",
    "UnitReview",
]
