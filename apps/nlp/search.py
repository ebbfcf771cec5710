"""Full-text search for Chinese in plain PostgreSQL: a ``tsvector`` of character bigrams.

Every CJK character has its place in the vector: as the first half of a bigram, or alone at
the end of its run. A query of two characters or more is a phrase of bigrams, so it finds
exactly the texts that contain it, without a dictionary and without an extension in C.
Letters and digits are whole tokens.

PostgreSQL keeps 16,383 positions per vector and 255 per lexeme: the first 15,000 characters
of a text are searchable, and a bigram repeated more often than that only at its first places.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.nlp.text import is_cjk, normalise, runs

LONGEST_TITLE = 500
LONGEST_BODY = 15_000
LONGEST_TOKEN = 100
LONGEST_QUERY = 100
MOST_WORDS = 10
# Between title and body, so that no phrase runs across.
GAP = 10

#: A run is of letters, digits and underscores (``runs``): nothing in a token needs escaping.
Token = tuple[str, int]


@lru_cache(maxsize=100)  # a report is indexed, then looked for among the others
def document_tokens(text: str) -> tuple[Token, ...]:
    """Will give the tokens of a text with their positions, from 1."""
    tokens: list[Token] = []
    position, last_end = 0, 0
    normal = normalise(text)
    for run, start, end in runs(normal):
        # "3 号楼" is "3号楼", but nothing reaches across punctuation.
        if normal[last_end:start].strip():
            position += 1
        last_end = end
        cut = _tokens_of(run)
        tokens += zip(cut, range(position + 1, position + 1 + len(cut)), strict=True)
        position += len(cut)
    return tuple(tokens)


def vector_literal(title: str, body: str, marks: Iterable[str] = ()) -> str:
    """Will write the ``tsvector`` of a document: title with weight A, body with weight B.

    A token that comes again is written again: PostgreSQL gathers its places. marks: words the
    text has not, asked for by ``any_mark``; without a place and without quotes in them.
    """
    heading = document_tokens(title[:LONGEST_TITLE])
    start = (heading[-1][1] if heading else 0) + GAP
    places = [f"'{token}':{place}A" for token, place in heading]
    places += [f"'{token}':{start + p}B" for token, p in document_tokens(body[:LONGEST_BODY])]
    places += [f"'{mark}'" for mark in marks]
    return " ".join(places)


def any_mark(marks: Iterable[str]) -> str:
    """Will write the ``tsquery`` for what has one of the marks."""
    return " | ".join([f"'{mark}'" for mark in marks])


def search_vector(title: str, body: str) -> Cast:
    """Will give the value to save into a ``SearchVectorField``."""
    return Cast(Value(vector_literal(title, body)), SearchVectorField())


class PhraseQuery(SearchQuery):
    """A finished ``tsquery``; no parser of the database touches the words."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs["template"] = "%(expressions)s::tsquery"
        return super().as_sql(compiler, connection, **kwargs)


def query(text: str) -> PhraseQuery:
    """Will give the query for ``filter(search=query(text))`` and ``SearchRank(F("search"), …)``.

    Words apart by spaces must all occur; each is a phrase.
    Raises: InvalidInput (field ``q``: a word of one character, no word, too long).
    """
    return PhraseQuery(query_literal(text), search_type="raw")


def query_literal(text: str) -> str:
    """Will write the ``tsquery``. Raises: InvalidInput, as ``query``."""
    if len(text) > LONGEST_QUERY:
        raise InvalidInput(_("搜索内容最多 %d 个字") % LONGEST_QUERY, field="q")
    words = normalise(text).split()
    if len(words) > MOST_WORDS:
        raise InvalidInput(_("一次最多搜索 %d 个词") % MOST_WORDS, field="q")
    phrases = [phrase for word in words if (phrase := _phrase(word))]
    if not phrases:
        raise InvalidInput(_("请至少输入两个字"), field="q")
    return " & ".join(f"({phrase})" for phrase in phrases)


def _phrase(word: str) -> str:
    found = runs(word)
    if not found:
        return ""
    if sum(len(run) for run, _start, _end in found) < 2:
        raise InvalidInput(_("请至少输入两个字"), field="q")
    tokens = list(document_tokens(word))
    quoted = [f"'{token}'" for token, _position in tokens]
    last_run = found[-1][0]
    if is_cjk(last_run):
        # In the document the run may go on: its last character is then half of a bigram.
        if len(last_run) > 1:
            quoted.pop()
            tokens.pop()
        else:
            quoted[-1] += ":*"
    phrase = quoted[0]
    for (_token, position), (_next, following), text in zip(
        tokens, tokens[1:], quoted[1:], strict=False
    ):
        phrase += f" <{following - position}> {text}"
    return phrase


def _tokens_of(run: str) -> list[str]:
    if is_cjk(run):
        return [run[i : i + 2] for i in range(len(run))]
    return [run[:LONGEST_TOKEN]]
