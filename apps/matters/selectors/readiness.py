"""Whether a version may go to the second person: what the body says, and what the city has."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.utils.translation import gettext as _

from apps.accounts.models import Role
from apps.common.phrases import series
from apps.matters.actions import known_actions
from apps.matters.definition import Problem, check, kind_problems, switch_problems
from apps.matters.enums import VersionState
from apps.matters.models import MatterType, MatterVersion
from apps.matters.registry import extension_of
from apps.matters.selectors.parts_readiness import parts_problems
from apps.rules import selectors as rules
from apps.seals.selectors import seal_names

#: What a table named under a purpose must be able to answer: vocabulary, outputs it must have.
TABLE_PURPOSES: dict[str, tuple[str, frozenset[str]]] = {
    "dispatch": ("matters.dispatch", frozenset({"unit"})),
}


def problems_of(version: MatterVersion) -> list[Problem]:
    """Will list everything that keeps a version from being published; empty: nothing does.

    Actor policies are resolvable when the permission exists and a role carries it; tables when
    a version in force speaks the outputs of their purpose; the parts of the kind are there, and
    nothing is used that the kind does not switch on.
    """
    body = version.body
    problems = [*check(body, known_actions=known_actions())]
    if isinstance(body, dict):
        problems += kind_problems(body, version.matter_type.kind)
    if problems:
        return problems
    return [
        *switch_problems(body, version.matter_type.kind),
        *_actor_problems(body["actors"]),
        *_table_problems(version.matter_type.code, body.get("tables", {})),
        *_subscription_problems(version.matter_type, body.get("subscriptions", [])),
        *parts_problems(version.matter_type, body),
        *_seal_problems(version.matter_type.code, body.get("materials_out", [])),
    ]


def _seal_problems(code: str, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    """Seals nobody could ask for: unknown here, out of use, or of a type that hands out nothing."""
    if not any(row.get("seal") for row in rows):
        return
    if not extension_of(code).hands_out_sealed:
        yield Problem("materials_out", _("这类事项不发放盖章文书，输出材料不能选印章"))
        return
    known = seal_names()
    for row in rows:
        if row.get("seal") and row["seal"] not in known:
            yield Problem(
                "materials_out",
                _("输出材料“%s”的印章不存在或未启用，请改选") % row["label"],
            )


def _actor_problems(actors: dict[str, Any]) -> Iterator[Problem]:
    wanted = {a["permission"] for a in actors.values() if a.get("permission")}
    known = _names(Permission.objects.all())
    held = _names(Permission.objects.filter(pk__in=Role.objects.values("permissions")))
    for name, actor in actors.items():
        permission, label = actor.get("permission"), actor.get("label") or name
        if permission not in wanted:
            continue
        if permission not in known:
            yield Problem(
                "actors",
                _("执行人“%(actor)s”的权限“%(permission)s”不存在，请改选")
                % {"actor": label, "permission": permission},
            )
        elif permission not in held:
            yield Problem(
                "actors",
                _("执行人“%(actor)s”的权限还没有授给任何角色，请改选或先授权") % {"actor": label},
            )


def _names(permissions: Any) -> set[str]:
    pairs = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


def _table_problems(matter: str, tables: dict[str, str]) -> Iterator[Problem]:
    for purpose, code in tables.items():
        published = rules.get_published(code)
        if published is None:
            yield Problem("tables", _("规则表“%s”没有生效的版本，请先发布它或改选另一张") % code)
            continue
        vocabulary, outputs = TABLE_PURPOSES.get(purpose, ("", frozenset()))
        if purpose == "dispatch":
            vocabulary = extension_of(matter).dispatch_vocabulary
        if vocabulary and published.table.vocabulary != vocabulary:
            yield Problem(
                "tables",
                _("规则表“%(table)s”回答的不是“%(purpose)s”所问的，请改选")
                % {"table": published.table.name, "purpose": purpose},
            )
        elif outputs - set(published.body.get("outputs", [])):
            yield Problem(
                "tables",
                _("规则表“%s”没有给出承办单位，请在表中加上这一结果列") % published.table.name,
            )


def _subscription_problems(own: MatterType, rows: list[dict[str, Any]]) -> Iterator[Problem]:
    codes = [row["matter"] for row in rows]
    found = MatterVersion.objects.filter(
        matter_type__code__in=codes, state=VersionState.PUBLISHED
    ).values_list("matter_type__code", "body__states")
    key: dict[str, set[str]] = {}
    for code, states in found:
        key.setdefault(code, set()).update(s["code"] for s in states if s.get("is_key"))
    for row in rows:
        name = row["matter"]
        if name == own.code:
            yield Problem("subscriptions", _("不能订阅本事项自己的状态，请改选"))
        elif name not in key:
            yield Problem("subscriptions", _("订阅的事项“%s”没有发布，请改选") % name)
        elif missing := [s for s in row["states"] if s not in key[name]]:
            yield Problem(
                "subscriptions",
                _("事项“%(matter)s”没有公布状态“%(state)s”，请改选它的关键状态")
                % {"matter": name, "state": series(missing)},
            )
