"""What the kind of a matter switches on by itself: services, actions and parts (MT-02).

One table for the whole platform. A definition that uses what its kind does not have is refused
when it is to be published, with a sentence that says what to change; the apps behind the
services ask ``selectors.matters_open_to`` which matters they may offer.

    服务             政务服务  监管  城市运行  协同办公
    办事指南            ●
    情形引导            ●
    一件事              ●
    秒批                ●
    监管对象                    ●
    双随机                      ●
    智能发现                           ●
    事项调用                                     ●

Every kind has the rest: reporting, moving and asking (MT-13), lists and statistics (MT-18),
splits, listeners, watching and supervising. Source: system map MT-02, groups of MT-13 to MT-22.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.phrases import series
from apps.matters.definition.problems import Problem
from apps.matters.enums import MatterKind, Service

SERVICES_OF: Mapping[str, frozenset[Service]] = {
    MatterKind.SERVICE: frozenset(
        {Service.GUIDE, Service.QUESTIONS, Service.ONE_THING, Service.INSTANT}
    ),
    MatterKind.SUPERVISION: frozenset({Service.OBJECTS, Service.DRAWS}),
    MatterKind.OPERATION: frozenset({Service.DISCOVERY}),
    MatterKind.OFFICE: frozenset({Service.CALL}),
}
#: Actions that only make sense where a service is.
_ACTIONS: Mapping[str, Service] = {
    "approve_instantly": Service.INSTANT,
    "conclude": Service.ONE_THING,
    "hand_out": Service.ONE_THING,
}
#: What of ``kind_parts`` belongs to which kind.
_PARTS: Mapping[str, MatterKind] = {
    "object_kind": MatterKind.SUPERVISION,
    "legal_items": MatterKind.SUPERVISION,
    "sources": MatterKind.OPERATION,
    "on_the_spot_check": MatterKind.OPERATION,
    "inputs": MatterKind.OFFICE,
    "result": MatterKind.OFFICE,
}


PART_LABELS: Mapping[str, Any] = {
    "object_kind": gettext_lazy("监管对象"),
    "legal_items": gettext_lazy("执法依据条目"),
    "sources": gettext_lazy("问题来源"),
    "on_the_spot_check": gettext_lazy("现场核查"),
    "inputs": gettext_lazy("调用时的输入"),
    "result": gettext_lazy("返回结果"),
}


def kinds_with(service: Service) -> list[str]:
    """Will give the kinds of matters a service is for."""
    return [kind for kind, services in SERVICES_OF.items() if service in services]


def has_service(kind: str, service: Service) -> bool:
    """Will tell whether matters of this kind have the service."""
    return service in SERVICES_OF.get(kind, frozenset())


def has_action(kind: str, code: str) -> bool:
    """Will tell whether an action of the library is for matters of this kind."""
    return code not in _ACTIONS or has_service(kind, _ACTIONS[code])


def parts_of(kind: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Will give of the parts of kinds those that belong to this one."""
    return {name: value for name, value in parts.items() if _PARTS.get(name) == kind}


def switch_problems(body: Mapping[str, Any], kind: str) -> Iterator[Problem]:
    """Will say what a well-shaped body uses that its kind does not switch on."""
    for action in body.get("actions", []):
        if not has_action(kind, action["code"]):
            service = _ACTIONS[action["code"]]
            told = {"action": action.get("label") or action["code"], **_names(service)}
            yield Problem(
                "actions",
                _("动作“%(action)s”属于“%(service)s”，只有%(kinds)s事项可用，请删除它") % told,
            )
    if body.get("instant") and not has_service(kind, Service.INSTANT):
        told = _names(Service.INSTANT)
        yield Problem("instant", _("“%(service)s”只有%(kinds)s事项可用，请清空这一部分") % told)
    for part, value in body.get("kind_parts", {}).items():
        owner = _PARTS.get(part)
        if owner is not None and owner != kind and value not in (None, "", [], False):
            yield Problem(
                "kind_parts",
                _("“%(part)s”是%(kind)s事项的内容，请清空它")
                % {"part": PART_LABELS[part], "kind": owner.label},
            )


def _names(service: Service) -> dict[str, str]:
    kinds = series(str(MatterKind(kind).label) for kind in kinds_with(service))
    return {"service": str(service.label), "kinds": kinds}
