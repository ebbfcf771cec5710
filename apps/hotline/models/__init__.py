"""Lines, calls, callers, demands and the knowledge to answer them."""

from apps.hotline.models.call import Call, Caller, Line
from apps.hotline.models.demand import Demand, DeskDraft, FamilyContent
from apps.hotline.models.knowledge import Article, ArticleFeedback, ArticleVersion
from apps.hotline.models.learning import DispatchSwitch, LearningExample, Reading
from apps.hotline.models.rates import (
    AppraisalLine,
    AppraisalMonth,
    Exclusion,
    ExclusionFile,
    RateFormula,
)

__all__ = [
    "AppraisalLine",
    "AppraisalMonth",
    "Article",
    "ArticleFeedback",
    "ArticleVersion",
    "Call",
    "Caller",
    "Demand",
    "DeskDraft",
    "DispatchSwitch",
    "Exclusion",
    "ExclusionFile",
    "FamilyContent",
    "LearningExample",
    "Line",
    "RateFormula",
    "Reading",
]
