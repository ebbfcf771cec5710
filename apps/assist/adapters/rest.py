"""Recordings, identity cards and tables by plain REST.

``POST {address}/v1/speech``, the recording as the body, gives ``{"version", "text",
"confidence"}``. ``POST {address}/v1/card``, a JPEG or PNG, gives ``{"version", "fields":
[{"name", "value", "confidence"}]}`` with the names of ``CARD_FIELDS``; others are left out.
``POST {address}/v1/table``, a picture as well, gives ``{"version", "rows": [[{"value",
"confidence"}]]}``, the heading first; an empty cell has the value "".
``Authorization: Bearer`` carries the secret. Source: TX-05.
"""

from typing import Any

from apps.assist.adapters import _calling
from apps.assist.registry import Access, Question, Reply, Value

LONGEST_SPEECH, LONGEST_FIELD = 4000, 200
#: What a person can look through, and one form of a page can hold (1,000 fields).
MOST_ROWS, MOST_COLUMNS = 41, 20
MOST_TABLE_BYTES = 1024 * 1024
#: What stands on an identity card.
CARD_FIELDS = ("name", "gender", "nation", "born_on", "address", "id_number")


def read_speech(access: Access, question: Question) -> Reply:
    """Will have a recording written down. Raises: AssistFailed."""
    told = _calling.post(access, "/v1/speech", question.content, question.media_type)
    text = _calling.plain(told.get("text"), longest=LONGEST_SPEECH)
    value = Value("text", text, _calling.confidence(told.get("confidence")))
    return Reply((value,), _calling.version(told, "version"))


def read_card(access: Access, question: Question) -> Reply:
    """Will have an identity card read. Raises: AssistFailed (nothing known on it, too)."""
    told = _calling.post(access, "/v1/card", question.content, question.media_type)
    fields = told.get("fields")
    if not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields):
        raise _calling.unusable("fields are missing")
    found = {one.get("name"): one for one in fields if isinstance(one.get("name"), str)}
    values = tuple(
        Value(
            name,
            _calling.plain(found[name].get("value"), longest=LONGEST_FIELD),
            _calling.confidence(found[name].get("confidence")),
        )
        for name in CARD_FIELDS
        if name in found
    )
    if not values:
        raise _calling.unusable("nothing of an identity card was read")
    return Reply(values, _calling.version(told, "version"))


def read_table(access: Access, question: Question) -> Reply:
    """Will have a table read from a picture; short rows are filled up with empty cells.

    Raises: AssistFailed (nothing in it, or more than a person can look through).
    """
    told = _calling.post(
        access, "/v1/table", question.content, question.media_type, most_bytes=MOST_TABLE_BYTES
    )
    rows = told.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _calling.unusable("rows are missing")
    width = max((len(row) for row in rows), default=0)
    if not (0 < width <= MOST_COLUMNS and 2 <= len(rows) <= MOST_ROWS):
        raise _calling.unusable(f"2 to {MOST_ROWS} rows of 1 to {MOST_COLUMNS} cells expected")
    read = tuple(
        tuple(_cell(str(at + 1), row[at] if at < len(row) else None) for at in range(width))
        for row in rows
    )
    if not any(cell.value for row in read for cell in row):
        raise _calling.unusable("nothing was read")
    return Reply((), _calling.version(told, "version"), read)


def _cell(column: str, told: Any) -> Value:
    if told is None:
        return Value(column, "")
    if not isinstance(told, dict):
        raise _calling.unusable("a cell is an object")
    sure = _calling.confidence(told.get("confidence"))
    if told.get("value") in ("", None):
        return Value(column, "", sure)
    # One line: what was printed over two stands in one cell all the same.
    text = _calling.plain(told["value"], longest=LONGEST_FIELD)
    return Value(column, " ".join(text.split()), sure)
