"""What a new matter begins with, per kind: something that may already be published (MT-02)."""

from typing import Any

from django.utils.translation import gettext as _

from apps.matters.enums import MatterKind

Body = dict[str, Any]

_ACTORS: dict[str, Any] = {
    "acceptor": {"reach": "tenant", "permission": "matters.accept_case"},
    "dispatcher": {"reach": "tenant", "permission": "matters.dispatch_case"},
    "unit": {"reach": "unit", "permission": "matters.handle_case"},
    "supervisor": {"reach": "tenant", "permission": "matters.supervise_case"},
}


def starter(kind: str, *, title: str) -> Body:
    """Will give the body a new matter of this kind begins with."""
    body = _handled(title)
    match kind:
        case MatterKind.SERVICE:
            _as_service(body)
        case MatterKind.SUPERVISION:
            body["kind_parts"] = {
                "object_kind": "firm",
                "legal_items": [
                    {"code": "item_1", "label": _("检查内容一"), "basis": _("请写明法律依据")}
                ],
            }
        case MatterKind.OPERATION:
            body["kind_parts"] = {"sources": ["phone", "grid"], "on_the_spot_check": True}
        case MatterKind.OFFICE:
            body["kind_parts"] = {
                "inputs": [{"code": "subject", "label": _("事由")}],
                "result": _("办理意见"),
            }
    return body


def empty(title: str) -> Body:
    """Will give a body with nothing in it but its name, for who wants to begin from scratch."""
    return {"title": title, "states": [], "actors": {}, "actions": []}


def _handled(title: str) -> Body:
    """Taken on, given to a unit, signed for, answered; supervised on the way."""
    open_states = ["registered", "accepted", "dispatched", "handling"]
    return {
        "title": title,
        "basic": {"summary": ""},
        "states": [
            _state("registered", _("待受理"), "intake"),
            _state("completing", _("待补正"), "paused"),
            _state("accepted", _("待分派"), "routing", is_key=True),
            _state("dispatched", _("待签收"), "waiting"),
            _state("handling", _("办理中"), "running"),
            _state("closed", _("已办结"), "ended", is_key=True),
            _state("rejected", _("不予受理"), "ended"),
            _state("voided", _("已作废"), "ended"),
        ],
        "actors": _ACTORS | {"reporter": {"reach": "reporter"}},
        "actions": [
            _action("accept", ["registered"], ["acceptor"], "accepted"),
            _action("ask_to_complete", ["registered"], ["acceptor"], "completing"),
            _action("complete", ["completing"], ["reporter", "acceptor"], "registered"),
            _action("reject", ["registered"], ["acceptor"], "rejected"),
            _action("dispatch", ["accepted"], ["dispatcher"], "dispatched"),
            _action("sign", ["dispatched"], ["unit"], "handling"),
            _action("feed_back", ["handling"], ["unit"], "closed"),
            _action("request_return", ["dispatched", "handling"], ["unit"]),
            _action("rule_return", ["dispatched", "handling"], ["dispatcher"])
            | {"outcomes": {"approved": "accepted"}},
            _action("request_extension", ["handling"], ["unit"]),
            _action("rule_extension", ["handling"], ["dispatcher"]),
            _action("urge", ["dispatched", "handling"], ["dispatcher", "supervisor"]),
            _action("supervise", open_states, ["supervisor"]),
            _action("reply_order", ["dispatched", "handling"], ["unit"]),
            _action("remark", open_states, ["acceptor", "dispatcher", "unit", "supervisor"]),
            _action("void", ["registered", "completing"], ["acceptor"], "voided"),
        ],
        "clocks": [
            {
                "name": "handle",
                "label": _("办理时限"),
                "main": True,
                "limit": "dispatch",
                "default_limit": {"amount": 5, "unit": "working_days"},
                "starts": ["dispatch"],
                "stops": ["feed_back"],
                "thresholds": [
                    {
                        "code": "soon",
                        "level": "yellow",
                        "before": {"amount": 1, "unit": "working_days"},
                    },
                    {"code": "expiry", "level": "red"},
                ],
            },
            {
                "name": "accept",
                "label": _("受理时限"),
                "limit": {"amount": 1, "unit": "working_days"},
                "starts": ["open"],
                "stops": ["accept", "reject", "void"],
                "pauses": ["paused"],
                "thresholds": [{"code": "expiry", "level": "red"}],
            },
        ],
    }


def _as_service(body: Body) -> None:
    body["basic"] = {
        "summary": "",
        "audience": _("自然人、法人和其他组织"),
        "conditions": _("请写明办理条件"),
        "fee": _("不收费"),
        "promise": "5个工作日",
    }
    body["materials_in"] = [
        {"code": "application", "label": _("申请表"), "required": True, "source": "citizen"}
    ]
    body["materials_out"] = [{"code": "reply", "label": _("办理结果通知"), "kind": "document"}]


def _state(code: str, label: str, category: str, *, is_key: bool = False) -> Body:
    state: Body = {"code": code, "label": label, "category": category}
    return state | ({"is_key": True} if is_key else {})


def _action(code: str, sources: list[str], who: list[str], to: str = "") -> Body:
    action: Body = {"code": code, "from": sources, "who": who}
    return action | ({"to": to} if to else {})
