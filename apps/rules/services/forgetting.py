"""Taking people out of decisions whose subject is forgotten; what was decided stays."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.rules.models import Decision


def forget_subjects(subjects: Mapping[str, int], *, clean: Callable[[int, Any], Any]) -> int:
    """Will clean the facts and words of the decisions on some subjects and give their number.

    subjects: what ``clean`` is asked with, by subject. The database lets a decision be changed
    only while the tombstone of its case is being written (``retention``, migration 0002).
    """
    decisions = list(Decision.objects.filter(subject__in=subjects))
    for decision in decisions:
        key = subjects[decision.subject]
        decision.facts = clean(key, decision.facts)
        decision.outputs = clean(key, decision.outputs)
        decision.explanation = clean(key, decision.explanation)
    return Decision.objects.bulk_update(decisions, ["facts", "outputs", "explanation"])
