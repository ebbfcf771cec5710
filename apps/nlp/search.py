"""Full-text search for Chinese in plain PostgreSQL: a ``tsvector`` of character bigrams.

Every CJK character has its place in the vector: as the first half of a bigram, or alone at
the end of its run. A query of two characters or more is a phrase of bigrams, so it finds
exactly the texts that contain it, without a dictionary and without an extension in C.
Letters and digits are whole tokens.

PostgreSQL keeps 16,383 positions per vector and 255 per lexeme: the first 15,000 characters
of a text are searchable, and a bigram repeated more often than that only at its first places.
"""

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

Token = tuple[str, int]


def document_tokens(text: str) -> list[Token]:
    """Will give the tokens of a text with their positions, from 1."""
    tokens: list[Token] = []
    position, last_end = 0, 0
    normal = normalise(text)
    for run, start, end in runs(normal):
        # "3 号楼" is "3号楼", but nothing reaches across punctuation.
        if normal[last_end:start].strip():
            position += 1
        last_end = end
        for token in _tokens_of(run):
            position += 1
            tokens.append((token, position))
    return tokens


def vector_literal(title: str, body: str) -> str:
    """Will write the ``tsvector`` of a document: title with weight A, body with weight B."""
    places: dict[str, list[str]] = {}
    last = 0
    for token, position in document_tokens(title[:LONGEST_TITLE]):
        places.setdefault(token, []).append(f"{position}A")
        last = position
    for token, position in document_tokens(body[:LONGEST_BODY]):
        places.setdefault(token, []).append(f"{last + GAP + position}B")
    return " ".join(f"{_quoted(token)}:{','.join(at)}" for token, at in places.items())


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
    tokens = document_tokens(word)
    quoted = [_quoted(token) for token, _position in tokens]
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


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
