"""Recordings and identity cards by plain REST.

``POST {address}/v1/speech``, the recording as the body, gives ``{"version", "text",
"confidence"}``. ``POST {address}/v1/card``, a JPEG or PNG, gives ``{"version", "fields":
[{"name", "value", "confidence"}]}`` with the names of ``CARD_FIELDS``; others are left out.
``Authorization: Bearer`` carries the secret. Source: TX-05.
"""

from apps.assist.adapters import _calling
from apps.assist.registry import Access, Question, Reply, Value

LONGEST_SPEECH, LONGEST_FIELD = 4000, 200
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
