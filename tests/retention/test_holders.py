"""Whoever keeps words about a case says how they go: no app is forgotten when people are."""

from django.apps import apps
from django.db import models

from apps.matters.registry import holders

WORDS = (models.CharField, models.TextField, models.JSONField)
#: Rows about cases that no rule of retention reaches, and why.
ELSEWHERE = {
    "alarms": "an alarm speaks of a device; what became of it is the case",
    "ops": "of equipment; its matters are in no schedule",
}


def test_every_app_with_words_about_cases_has_said_what_it_keeps():
    owners = set()
    for model in apps.get_models():
        refers = [f for f in model._meta.fields if f.is_relation and f.related_model is not None]
        about = any(f.related_model._meta.label == "matters.Case" for f in refers)
        if about and any(isinstance(f, WORDS) and not f.choices for f in model._meta.fields):
            owners.add(model._meta.app_label)
    assert owners - set(holders()) == set(ELSEWHERE)
    covered = {prefix for holder in holders().values() for prefix in holder.matters}
    assert covered == {"hotline", "service", "onething", "supervision"}
