"""What the portal draws itself reads as Django would have drawn it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import translation
from django.utils.timesince import timesince

from apps.common import clock
from apps.portal.distances import distance
from apps.portal.rendering import FormRenderer

CHOICES: list[Any] = [
    ("", "全部"),
    ("a<b", "<script>alert(1)</script>"),
    ("\"'", "“引号” & 其他"),
    ("组", [(1, "一"), (2, "二")]),
    (2026, 2026),
]


def same(drawn: str) -> str:
    return re.sub(r"\s*\n\s*", "", drawn)


@pytest.mark.parametrize(
    "field",
    [
        forms.ChoiceField(choices=CHOICES, required=False),
        forms.MultipleChoiceField(choices=CHOICES),
        forms.NullBooleanField(),
        forms.TypedChoiceField(
            choices=CHOICES,
            widget=forms.Select(attrs={"class": "x", "autofocus": True, "hidden": False, "n": 3}),
        ),
    ],
)
@pytest.mark.parametrize("chosen", ["", "a<b", "2", ["1", "2"], None])
def test_a_list_to_choose_from_reads_as_djangos(field: forms.Field, chosen: Any) -> None:
    widget = field.widget
    given = chosen if isinstance(widget, forms.SelectMultiple) or chosen != ["1", "2"] else "1"
    ours = widget.render("n", given, {"id": "id_n"}, renderer=FormRenderer())
    djangos = widget.render("n", given, {"id": "id_n"}, renderer=DjangoTemplates())
    assert same(ours) == same(djangos)
    assert "<script>" not in ours


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_distance_is_what_django_says(language: str) -> None:
    now = clock.now()
    with translation.override(language):
        for apart in (60, 61, 3599, 3600, 86_399, 86_400, 86_400 * 6, 86_400 * 27, 86_400 * 400):
            at = now - timedelta(seconds=apart)
            length = timesince(at, now, depth=1)
            assert length in distance(at, now)
            assert distance(at, now) != distance(now, at)
            assert length in distance(now, at)


def test_half_a_minute_is_just_now() -> None:
    now: datetime = clock.now()
    assert distance(now - timedelta(seconds=59), now) == distance(now, now) == "刚刚"
