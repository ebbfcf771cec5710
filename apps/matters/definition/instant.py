"""The checks that let an application be granted with no person (MT-17).

    instant     {checks: [{code, label, dataset, match: {key of the data set: form field},
                  expect: [{field, op, form_field? | value?}]}], document_prefix?}

op: exists (the default of an empty ``expect``), is, same_as, one_of, at_least, at_most,
years_at_least (``field`` is a day of birth, ``value`` a number of full years).
A check asks one data set for one record and passes when everything expected of it holds.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

OPERATORS = ("is", "same_as", "one_of", "at_least", "at_most", "years_at_least")
_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
INSTANT: dict[str, Any] = {
    "type": "object",
    "required": ["checks"],
    "additionalProperties": False,
    "properties": {
        "document_prefix": {"type": "string", "maxLength": 20},
        "checks": {
            "type": "array",
            "minItems": 1,
            "maxItems": 30,
            "items": {
                "type": "object",
                "required": ["code", "label", "dataset", "match"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "minLength": 1, "maxLength": 80},
                    "dataset": {"type": "string", "minLength": 1, "maxLength": 60},
                    "match": {
                        "type": "object",
                        "minProperties": 1,
                        "additionalProperties": {"type": "string"},
                    },
                    "expect": {
                        "type": "array",
                        "maxItems": 20,
                        "items": {
                            "type": "object",
                            "required": ["field", "op"],
                            "additionalProperties": False,
                            "properties": {
                                "field": {"type": "string"},
                                "op": {"enum": list(OPERATORS)},
                                "form_field": {"type": "string"},
                                "value": {},
                            },
                        },
                    },
                },
            },
        },
    },
}


def problems(body: dict[str, Any]) -> Iterator[str]:
    """Will tell which checks ask for fields the form has not, or can never be run."""
    instant = body.get("instant")
    if not instant:
        return
    known = {entry.get("name") for entry in body.get("form", {}).get("fields", [])}
    if "approve_instantly" not in {action["code"] for action in body["actions"]}:
        yield _("设有即时审批核验，但动作中没有“秒批”")
    for check in instant["checks"]:
        asked = list(check["match"].values())
        asked += [e["form_field"] for e in check.get("expect", []) if "form_field" in e]
        for name in asked:
            if name not in known:
                yield _("核验“%(check)s”用到表单中没有的字段“%(field)s”") % {
                    "check": check["label"],
                    "field": name,
                }
        for expected in check.get("expect", []):
            needed = "form_field" if expected["op"] == "same_as" else "value"
            if needed not in expected:
                yield _("核验“%(check)s”的“%(field)s”缺少比较对象") % {
                    "check": check["label"],
                    "field": expected["field"],
                }
