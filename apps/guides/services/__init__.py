"""The only writers of guides, plans, applications and instant approval.

``file_application`` begins everything a citizen or firm asks for; the engine's actions decide;
``advance`` reads the decisions. Pages, REST and the worker call these and nothing else.
"""

from apps.guides.services.applying import (
    CHECK_TOPIC,
    NewApplication,
    advance,
    asked_materials,
    file_application,
    normalise_phone,
    reporter_of,
    withdraw,
)
from apps.guides.services.instant import check_case, review_sample, stop_all, switch_instant
from apps.guides.services.plans import (
    faults_of,
    is_readable,
    problems_of,
    publish_plan,
    save_plan,
    start_plan,
)
from apps.guides.services.publishing import Window, parse_windows, publish_guide, retire_guide
from apps.guides.services.results import ask_again, make_results
from apps.guides.services.revealing import reveal_applicant

__all__ = [
    "CHECK_TOPIC",
    "NewApplication",
    "Window",
    "advance",
    "ask_again",
    "asked_materials",
    "check_case",
    "faults_of",
    "file_application",
    "is_readable",
    "make_results",
    "normalise_phone",
    "parse_windows",
    "problems_of",
    "publish_guide",
    "publish_plan",
    "reporter_of",
    "retire_guide",
    "reveal_applicant",
    "review_sample",
    "save_plan",
    "start_plan",
    "stop_all",
    "switch_instant",
    "withdraw",
]
