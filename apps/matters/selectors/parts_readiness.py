"""Whether the splits and calls of a version can work in the city as it is: tables, matters."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import series
from apps.matters.definition import Problem, has_service
from apps.matters.enums import JoinPolicy, PartRole, Service
from apps.matters.listening_vocabulary import SPLIT
from apps.matters.models import MatterType
from apps.rules import selectors as rules
from apps.rules.enums import HitPolicyChoice
from apps.rules.models import RuleTableVersion


def parts_problems(own: MatterType, body: dict[str, Any]) -> Iterator[Problem]:
    """Will say which splits and calls could not open their parts, or never come together."""
    for split in body.get("splits", []):
        for text in _split_problems(split):
            yield Problem("splits", text)
    for call in body.get("calls", []):
        if call["matter"] == own.code:
            text = _("“%s”调用的是本事项自己，请改选") % call["label"]
            yield Problem("calls", text)
            continue
        for text in _unopened(call, {call["matter"]}):
            yield Problem("calls", text)
        yield from _uncallable(call)


def _uncallable(call: dict[str, Any]) -> Iterator[Problem]:
    """Only matters whose kind has the service may be a step of another (MT-22)."""
    matter = MatterType.objects.filter(code=call["matter"]).first()
    if matter is not None and not has_service(matter.kind, Service.CALL):
        told = {"label": call["label"], "matter": matter.name, "kind": matter.get_kind_display()}
        text = _("“%(label)s”调用的“%(matter)s”是%(kind)s事项，只有协同办公事项可以被调用，请改选")
        yield Problem("calls", text % told)


def _split_problems(split: dict[str, Any]) -> Iterator[str]:
    name = {"label": split["label"], "table": split["table"]}
    version = rules.get_published(split["table"])
    if version is None:
        yield _("“%(label)s”的规则表“%(table)s”没有生效的版本，请先发布它或改选另一张") % name
        return
    name["table"] = version.table.name
    if version.table.vocabulary != SPLIT:
        yield _("“%(label)s”的规则表“%(table)s”不是分解表，请改选") % name
    elif version.hit_policy != HitPolicyChoice.COLLECT:
        yield _("“%(label)s”的规则表“%(table)s”的命中策略须为“全部收集”") % name
    elif "matter" not in version.body.get("outputs", []):
        yield _("“%(label)s”的规则表“%(table)s”没有给出子事项，请在表中加上这一结果列") % name
    else:
        outputs = [row.get("outputs", {}) for row in version.body.get("rows", [])]
        yield from _join_problems(split, version, outputs)
        yield from _unopened(split, {str(row.get("matter", "")) for row in outputs})


def _join_problems(
    split: dict[str, Any], version: RuleTableVersion, outputs: list[dict[str, Any]]
) -> Iterator[str]:
    policy, needed = split["join"]["policy"], split["join"].get("quorum", 0)
    name = {"label": split["label"], "table": version.table.name}
    roles = {row.get("role") for row in outputs}
    if any(row.get("join") == JoinPolicy.MAIN for row in outputs):
        policy = JoinPolicy.MAIN
    if policy == JoinPolicy.MAIN and PartRole.MAIN not in roles:
        yield _("“%(label)s”由主责决定，但规则表“%(table)s”没有一行的角色是主责") % name
    if policy == JoinPolicy.QUORUM and needed > len(outputs):
        yield _("“%(label)s”需要办成%(needed)s件，规则表“%(table)s”最多给出%(count)s件") % {
            **name,
            "needed": needed,
            "count": len(outputs),
        }


def _unopened(raw: dict[str, Any], codes: set[str]) -> Iterator[str]:
    """The matters that are not in force, or ask for what nobody gives them."""
    found = MatterType.objects.filter(code__in=codes, current_version__isnull=False)
    known = {m.code: m for m in found.select_related("current_version")}
    given = {row["to"] for row in raw.get("mapping", [])}
    for code in sorted(codes):
        matter = known.get(code)
        if matter is None or matter.current_version is None:
            yield _("“%(label)s”要开的事项“%(matter)s”没有已发布的定义，请改选或先发布它") % {
                "label": raw["label"],
                "matter": code,
            }
            continue
        missing = [
            field.get("label") or field["name"]
            for field in matter.current_version.body.get("form", {}).get("fields", [])
            if field.get("required") and "show_if" not in field
            if f"form.{field['name']}" not in given
        ]
        if missing:
            yield _("“%(label)s”没有带给“%(matter)s”必填的“%(field)s”，请在内容往来中补上") % {
                "label": raw["label"],
                "matter": matter.name,
                "field": series(missing),
            }
