"""Centres, disputes, assessments, appraisal and the burden of forms."""

from apps.governance.models.appraisal import (
    Appeal,
    AppraisalFact,
    AppraisalFormula,
    AppraisalLine,
    AppraisalRun,
)
from apps.governance.models.assessments import (
    Opinion,
    RiskAssessment,
    RiskMeasure,
    RiskScore,
    RiskTemplate,
)
from apps.governance.models.burden import AskedReason, FormCount
from apps.governance.models.centres import Centre, ScoreNotice
from apps.governance.models.disputes import (
    Agreement,
    Consent,
    Dispute,
    FollowUp,
    Mediator,
    Party,
    Passing,
    Session,
)

__all__ = [
    "Agreement",
    "Appeal",
    "AppraisalFact",
    "AppraisalFormula",
    "AppraisalLine",
    "AppraisalRun",
    "AskedReason",
    "Centre",
    "Consent",
    "Dispute",
    "FollowUp",
    "FormCount",
    "Mediator",
    "Opinion",
    "Party",
    "Passing",
    "RiskAssessment",
    "RiskMeasure",
    "RiskScore",
    "RiskTemplate",
    "ScoreNotice",
    "Session",
]
