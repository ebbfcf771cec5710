"""Lines, calls, callers, demands and the knowledge to answer them."""

from apps.hotline.models.call import Call, Caller, Line
from apps.hotline.models.demand import Demand, DeskDraft
from apps.hotline.models.knowledge import Article, ArticleFeedback, ArticleVersion

__all__ = [
    "Article",
    "ArticleFeedback",
    "ArticleVersion",
    "Call",
    "Caller",
    "Demand",
    "DeskDraft",
    "Line",
]
