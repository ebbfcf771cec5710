"""What may be kept as a draft at all: unfinished it may be, misshapen or monstrous never.

Read before anything else touches a body from outside: sizes are measured without recursion,
so that neither a million states nor a thousand brackets cost more than a refusal.
"""

import math
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.matters.definition.problems import Problem
from apps.matters.definition.schema import SCHEMA
from apps.matters.definition.wording import schema_problem

MAX_NODES = 20_000
MAX_DEPTH = 12
MAX_CHARACTERS = 400_000
#: What keeps a body from being read at all; the rest is unfinished work for the check.
_MISSHAPEN = {"type", "additionalProperties", "maxItems", "maxProperties", "maxLength"}

_validator = Draft202012Validator(SCHEMA)


def accept(body: Any) -> list[Problem]:
    """Will say why a body cannot even be kept as a draft; empty: it can."""
    trouble = _measure(body)
    if trouble:
        return [Problem("", trouble)]
    found = [e for e in _validator.iter_errors(body) if e.validator in _MISSHAPEN]
    return [schema_problem(error, body) for error in found[:20]]


def _measure(body: Any) -> str:
    nodes = characters = 0
    stack: list[tuple[Any, int]] = [(body, 1)]
    while stack:
        value, depth = stack.pop()
        nodes += 1
        if nodes > MAX_NODES:
            return _("定义过大：内容项超过%s个") % MAX_NODES
        if depth > MAX_DEPTH:
            return _("定义嵌套过深：最多%s层") % MAX_DEPTH
        if isinstance(value, str):
            characters += len(value)
            if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
                return _("定义中有无法保存的字符")
        elif isinstance(value, float) and not math.isfinite(value):
            return _("定义中有无法保存的数字")
        elif isinstance(value, dict):
            stack += [(key, depth) for key in value]
            stack += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            stack += [(inner, depth + 1) for inner in value]
        if characters > MAX_CHARACTERS or len(stack) > MAX_NODES:
            return _("定义过大，最多%s字") % MAX_CHARACTERS
    return ""
