"""Collections of opinions, surveys and ideas."""

from apps.opinions.models.collections import Collection, CollectionFile, Opinion
from apps.opinions.models.ideas import Idea, IdeaVote
from apps.opinions.models.surveys import (
    Survey,
    SurveyAnswer,
    SurveyInvite,
    SurveyLink,
    SurveyVersion,
)

__all__ = [
    "Collection",
    "CollectionFile",
    "Idea",
    "IdeaVote",
    "Opinion",
    "Survey",
    "SurveyAnswer",
    "SurveyInvite",
    "SurveyLink",
    "SurveyVersion",
]
