"""What a type of special group may say, read and checked; no database.

{"fields": [...],                      forms_data: what is known of each of its people
 "visit_fields": [...],                forms_data: what a visit writes down
 "states": [{"code", "label", "is_end"}],   the first one is where everybody begins
 "moves": [["from", "to"], ...],
 "grades": [{"code", "label", "visit_days"}],
 "tests": [{"code", "label", "days"}]}      further visits with a cycle of their own
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.common.forms_data import check_definition

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
VISIT = "visit"
LONGEST_CYCLE_DAYS = 366
MOST = 30


def check_body(body: Any) -> list[str]:
    """Will give what is wrong with a definition, in sentences; an empty list: it may be used."""
    if not isinstance(body, dict):
        return [_("定义应为对象")]
    problems: list[str] = []
    for name in ("fields", "visit_fields"):
        problems += check_definition({"fields": body.get(name, [])})
    states = _coded(body, "states", problems)
    grades = _coded(body, "grades", problems)
    tests = _coded(body, "tests", problems)
    if not states:
        problems.append(_("至少应有一个状态"))
    if not grades:
        problems.append(_("至少应有一个风险等级"))
    for row, key in ((grades, "visit_days"), (tests, "days")):
        for code, entry in row.items():
            if not _is_cycle(entry.get(key)):
                problems.append(_("%s：周期应为1至366天") % code)
    if VISIT in tests:
        problems.append(_("检测项目不能用代码 visit"))
    return problems + _check_moves(body.get("moves", []), states)


def state_label(body: Mapping[str, Any], code: str) -> str:
    """Will give the words of a state."""
    return _label(body, "states", code)


def grade_label(body: Mapping[str, Any], code: str) -> str:
    """Will give the words of a grade."""
    return _label(body, "grades", code)


def visit_label(body: Mapping[str, Any], code: str) -> str:
    """Will give what a visit of this kind is called."""
    return _("走访") if code == VISIT else _label(body, "tests", code)


def first_state(body: Mapping[str, Any]) -> str:
    """Will give the state in which everybody begins."""
    return str(body["states"][0]["code"])


def moves_from(body: Mapping[str, Any], state: str) -> list[tuple[str, str]]:
    """Will give where one may go from a state: (code, label)."""
    return [(to, state_label(body, to)) for start, to in body.get("moves", []) if start == state]


def is_end(body: Mapping[str, Any], state: str) -> bool:
    """Will tell whether somebody in this state is no longer of the group."""
    return any(s["code"] == state and s.get("is_end") for s in body["states"])


def cycles(body: Mapping[str, Any], grade: str) -> dict[str, int]:
    """Will give the days between visits of each kind for a grade."""
    days = next(int(g["visit_days"]) for g in body["grades"] if g["code"] == grade)
    return {VISIT: days} | {t["code"]: int(t["days"]) for t in body.get("tests", [])}


def _coded(body: Mapping[str, Any], name: str, problems: list[str]) -> dict[str, dict[str, Any]]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or len(rows) > MOST:
        problems.append(_("%s 应为列表，最多30项") % name)
        return {}
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        code = row.get("code") if isinstance(row, dict) else None
        label = row.get("label") if isinstance(row, dict) else None
        if not isinstance(code, str) or not _CODE.match(code) or code in found:
            problems.append(_("%s 中的代码无效或重复") % name)
        elif not isinstance(label, str) or not label.strip() or len(label) > 40:
            problems.append(_("%(name)s 中的 %(code)s 缺少名称") % {"name": name, "code": code})
        else:
            found[code] = row
    return found


def _check_moves(moves: Any, states: Mapping[str, Any]) -> list[str]:
    shaped = isinstance(moves, list) and all(
        isinstance(move, list | tuple) and len(move) == 2 and all(end in states for end in move)
        for move in moves
    )
    return [] if shaped else [_("流转应为 [原状态, 新状态] 的列表，状态须已定义")]


def _is_cycle(days: Any) -> bool:
    is_number = isinstance(days, int) and not isinstance(days, bool)
    return is_number and 1 <= days <= LONGEST_CYCLE_DAYS


def _label(body: Mapping[str, Any], name: str, code: str) -> str:
    return next((str(r["label"]) for r in body.get(name, []) if r["code"] == code), code)
