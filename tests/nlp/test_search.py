"""Bigram search equals substring search on Chinese, and nothing typed can break it."""

import contextlib

import pytest
from django.contrib.postgres.search import SearchRank
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.nlp import search
from apps.nlp.models import ClassWord
from apps.nlp.text import normalise

pytestmark = pytest.mark.django_db
ALPHABET = "噪音扰民油烟的一二"
in_database = settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def matches(title: str, body: str, wanted: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::tsvector @@ %s::tsquery",
            [search.vector_literal(title, body), search.query_literal(wanted)],
        )
        return bool(cursor.fetchone()[0])


@in_database
@given(st.text(ALPHABET + ",。 ", max_size=40), st.text(ALPHABET, min_size=2, max_size=5))
def test_equals_substring_search(body, wanted):
    assert matches("", body, wanted) == (wanted in body)


@in_database
@given(
    st.text(ALPHABET, max_size=12),
    st.text(ALPHABET, max_size=12),
    st.lists(st.text(ALPHABET, min_size=2, max_size=3), min_size=1, max_size=3),
)
def test_all_words_must_occur_in_title_or_body(title, body, words):
    expected = all(word in title or word in body for word in words)
    assert matches(title, body, " ".join(words)) == expected


@in_database
@given(st.text(max_size=60), st.text(max_size=20))
def test_hostile_text_is_never_an_error(body, wanted):
    body = body.replace("\x00", "")
    with contextlib.suppress(InvalidInput):
        assert matches(body, body, wanted) in {True, False}


@pytest.mark.parametrize(
    ("body", "wanted", "found"),
    [
        ("海泊路3号楼没有水", "3号", True),
        ("海泊路3号楼没有水", "路3号楼", True),
        ("海泊路３号", "3号", True),
        ("住在 A区", "a区", True),
        ("车牌京A12345停在门口", "京a12345", True),
        ("车牌京A12345停在门口", "A1234", False),  # letters and digits are whole words
        ("噪音,扰民", "噪音扰民", False),
        ("it's 110'; drop", "110", True),
        ("a\\'b 噪音", "噪音", True),
        ("𠮷野家门口", "𠮷野", True),
    ],
)
def test_known_texts(body, wanted, found):
    assert matches("", body, wanted) is found


@pytest.mark.parametrize("wanted", ["", " ", "音", "3", "!!", "噪音 3", "音" * 101, "ab " * 11])
def test_queries_that_are_refused(wanted):
    with pytest.raises(InvalidInput) as refusal:
        search.query(wanted)
    assert refusal.value.field == "q"


def test_a_text_of_4000_characters_is_searchable_to_its_end():
    body = "".join(chr(0x4E00 + i * 7 % 20000) for i in range(4000))
    assert matches("", body, body[-3:])
    assert not matches("", body, body[-3:] + "噪")


def test_a_text_beyond_the_limit_is_cut_not_refused():
    assert matches("", "噪音" * 40_000, "噪音")


def test_title_ranks_above_body_through_the_orm():
    ClassWord.objects.create(class_code="x", word="y")
    wanted = search.query("噪音扰民")
    rows = ClassWord.objects.annotate(
        in_title=search.search_vector("噪音扰民", "别的"),
        in_body=search.search_vector("别的", "噪音扰民"),
    ).filter(in_title=wanted, in_body=wanted)
    row = rows.annotate(
        a=SearchRank(F("in_title"), wanted), b=SearchRank(F("in_body"), wanted)
    ).get()
    assert row.a > row.b > 0


def test_normalise_folds_width_and_case():
    assert normalise("ＡＢＣ１２３") == "abc123"
