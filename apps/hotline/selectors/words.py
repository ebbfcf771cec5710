"""Loose search for text that is still being typed: any of its telling words."""

from django.core.cache import cache
from django.db import connection

from apps.common.memory import Memory
from apps.nlp.search import document_tokens

WORDS_MAX = 24
COMMON_KEY = "hotline:common-words"
COMMON_SECONDS = 600
#: A pair of characters found in more than this share of cases tells nothing.
COMMON_SHARE = 0.02
_common: Memory[dict[str, float]] = Memory(of=())  # spares the cache a call per report


def any_word(*texts: str) -> str:
    """Will write the ``tsquery`` for any of the rarest words of texts; empty when there is none.

    A word is a pair of Chinese characters, or a word of letters or digits. Rare: not among
    those PostgreSQL's own statistics know as common in cases.
    """
    tokens = (token for text in texts for token in document_tokens(text))
    words = list(dict.fromkeys(word for word, _place in tokens if len(word) > 1))
    common = common_words()
    telling = [word for word in words if word not in common]
    telling = telling or sorted(words, key=lambda word: common[word])[:3]
    if not telling:
        return ""
    return " | ".join([f"'{word}'" for word in telling[:WORDS_MAX]])


def common_words() -> dict[str, float]:
    """Will give the words found in more than 2% of the cases, with their share.

    Read from the statistics the database gathers anyway; remembered for ten minutes.
    """
    return _common.get("", _shared_common)


def _shared_common() -> dict[str, float]:
    known: dict[str, float] | None = cache.get(COMMON_KEY)
    if known is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute(
            "select word, share from pg_stats, "
            "unnest(most_common_elems::text::text[], most_common_elem_freqs) as s(word, share) "
            "where schemaname = current_schema() and tablename = 'matters_case' "
            "and attname = 'search' and word is not null and share > %s",
            [COMMON_SHARE],
        )
        known = dict(cursor.fetchall())
    cache.set(COMMON_KEY, known, COMMON_SECONDS)
    return known
