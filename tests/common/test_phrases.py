"""Words are joined as the reader's language does."""

import pytest
from django.utils import translation

from apps.common import phrases


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh-hans", ["甲、乙", "甲，乙", "甲；乙", "甲：乙", "（甲）", "甲乙", "甲乙"]),
        ("en", ["甲, 乙", "甲, 乙", "甲; 乙", "甲: 乙", " (甲)", "甲 乙", "甲 乙"]),
    ],
)
def test_each_language_has_its_own_marks(language: str, told: list[str]) -> None:
    pair = ["甲", "乙"]
    with translation.override(language):
        assert told == [
            phrases.series(pair),
            phrases.clauses(pair),
            phrases.points(pair),
            phrases.labelled(*pair),
            phrases.bracketed("甲"),
            phrases.say(*pair),
            phrases.sentences(pair),
        ]
