"""Drafts by ``POST {address}/v1/chat/completions``, which locally run model servers speak.

Two messages: the instructions are ours, the data is a message of the user. No tools are
offered, nothing is streamed, and what comes back is words or nothing. Source: TX-06.
"""

import json

from apps.assist.adapters import _calling
from apps.assist.registry import Access, Question, Reply, Value

LONGEST_DRAFT = 1500
MOST_TOKENS = 1024


def write_draft(access: Access, question: Question) -> Reply:
    """Will have a draft written. Raises: AssistFailed (cut off, tools called, too long)."""
    asked = {
        "model": access.model,
        "messages": [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.content.decode()},
        ],
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
        "stream": False,
    }
    body = json.dumps(asked, ensure_ascii=False).encode()
    told = _calling.post(access, "/v1/chat/completions", body, "application/json")
    choices = told.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        raise _calling.unusable("choices are missing")
    if message.get("tool_calls") or first.get("finish_reason") not in (None, "stop"):
        raise _calling.unusable("the draft is cut off or asks for tools")
    text = _calling.plain(message.get("content"), longest=LONGEST_DRAFT)
    return Reply((Value("text", text),), _calling.version(told, "model", "system_fingerprint"))
