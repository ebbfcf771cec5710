"""Guides, question trees, joint businesses, applications, and the record of instant approval."""

from apps.guides.models.application import Application, ApplicationPart
from apps.guides.models.guide import Guide
from apps.guides.models.instant import CheckRun, InstantSwitch
from apps.guides.models.plans import JointBusiness, QuestionTree
from apps.guides.models.result import ResultDocument

__all__ = [
    "Application",
    "ApplicationPart",
    "CheckRun",
    "Guide",
    "InstantSwitch",
    "JointBusiness",
    "QuestionTree",
    "ResultDocument",
]
