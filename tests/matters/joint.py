"""A joint business for the tests: a matter that splits, and the matters it splits into."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.audit.services import SYSTEM
from apps.common import outbox
from apps.matters.enums import MatterKind
from apps.matters.models import Case, MatterDomain, Split, SplitPart
from apps.matters.services import create_matter_type, open_case, publish_version, save_draft
from apps.rules import services as rules
from tests.cast import Cast
from tests.matters import factories as make

PARENT, PART, OFFICE = "joint.flood", "joint.part", "office.approval"
TABLE = "joint-split"

PART_BODY: dict[str, Any] = {
    "title": "子事项",
    "states": [
        {"code": "waiting", "label": "待签收", "category": "waiting"},
        {"code": "handling", "label": "办理中", "category": "running"},
        {"code": "sent_back", "label": "退回待派", "category": "routing"},
        {"code": "done", "label": "已办成", "category": "ended"},
        {"code": "undone", "label": "未办成", "category": "ended"},
    ],
    "actors": {
        "unit": {"permission": "matters.handle_case", "reach": "unit"},
        "dispatcher": {"permission": "matters.dispatch_case", "reach": "tenant"},
        "system": {"reach": "system"},
    },
    "actions": [
        {"code": "sign", "from": ["waiting"], "to": "handling", "who": ["unit"]},
        {"code": "close", "from": ["waiting", "handling"], "to": "done", "who": ["unit", "system"]},
        {
            "code": "void",
            "from": ["waiting", "handling", "sent_back"],
            "to": "undone",
            "who": ["unit", "dispatcher"],
        },
        {"code": "request_return", "from": ["waiting"], "who": ["unit"]},
        {
            "code": "rule_return",
            "from": ["waiting"],
            "outcomes": {"approved": "sent_back"},
            "who": ["dispatcher"],
        },
        {"code": "dispatch", "from": ["sent_back"], "to": "waiting", "who": ["dispatcher"]},
        {"code": "remark", "from": ["done", "undone"], "who": ["unit", "system"]},
    ],
    "clocks": [
        {
            "name": "handle",
            "label": "办理时限",
            "main": True,
            "limit": "dispatch",
            "default_limit": {"amount": 3, "unit": "working_days"},
            "starts": ["open", "dispatch"],
            "stops": ["close", "void"],
        }
    ],
    "unsuccessful": ["undone"],
}


def parent_body(**split: Any) -> dict[str, Any]:
    """Will give a definition that begins with dispatching and splits into parts."""
    join = {"policy": "all", "to": "joined", "returned_to": "routing"}
    return {
        "title": "内涝处置",
        "states": [
            {"code": "routing", "label": "待分解", "category": "routing"},
            {"code": "split_up", "label": "分头办理", "category": "running"},
            {"code": "joined", "label": "待核查", "category": "checking"},
            {"code": "closed", "label": "已办结", "category": "ended"},
        ],
        "actors": {
            "dispatcher": {"permission": "matters.dispatch_case", "reach": "tenant"},
            "system": {"reach": "system"},
        },
        "actions": [
            {"code": "split", "from": ["routing"], "to": "split_up", "who": ["dispatcher"]},
            {
                "code": "close",
                "from": ["routing", "split_up", "joined"],
                "to": "closed",
                "who": ["dispatcher", "system"],
            },
            {
                "code": "remark",
                "from": ["routing", "split_up", "joined", "closed"],
                "who": ["dispatcher", "system"],
            },
        ],
        "clocks": [
            {
                "name": "handle",
                "label": "办理时限",
                "main": True,
                "limit": {"amount": 2, "unit": "working_days"},
                "starts": ["open"],
                "stops": ["close"],
            }
        ],
        "splits": [
            {"code": "parts", "label": "分解", "table": TABLE, "from": ["routing"], "join": join}
            | split
        ],
    }


def publish(code: str, body: Mapping[str, Any], kind: MatterKind = MatterKind.OPERATION) -> None:
    """Will put a matter in force."""
    domain, _created = MatterDomain.objects.get_or_create(code="joint", defaults={"name": "协同"})
    matter = create_matter_type(SYSTEM, code=code, name=body["title"], kind=kind, domain=domain)
    draft = save_draft(SYSTEM, matter_type_id=matter.pk, body=dict(body))
    publish_version(SYSTEM, version_id=draft.pk)


def row(cast: Cast, number: int, **outputs: Any) -> dict[str, Any]:
    """Will give a row that always matches: one sub-matter for the eastern works."""
    values = {
        "matter": PART,
        "unit": cast.east_works.code,
        "limit": "1个工作日",
        "order": 1,
        "role": "part",
        "title": f"第{number}项",
    }
    return {"key": f"r{number}", "cells": {}, "outputs": values | outputs}


def publish_table(cast: Cast, rows: Sequence[Mapping[str, Any]]) -> None:
    """Will put a COLLECT table in force."""
    table = rules.create_table(
        cast.author, code=TABLE, name="内涝分解规则", vocabulary="matters.split"
    )
    body = {
        "hit_policy": "collect",
        "inputs": ["class"],
        "outputs": ["matter", "unit", "limit", "order", "role", "title", "join"],
        "rows": list(rows),
    }
    draft = rules.save_draft(cast.author, table=table, body=body)
    rules.add_test_case(
        cast.author,
        table=table,
        name="任何案件",
        facts={"class": "road.manhole"},
        expected=[r["outputs"] for r in rows],
    )
    rules.submit(cast.author, version=draft)
    rules.publish(cast.publisher, version=draft)


def parent_case(cast: Cast, *outputs: Mapping[str, Any], **split: Any) -> Case:
    """Will give a case that can be split into one part per given row of outputs."""
    publish(PART, PART_BODY)
    publish(PARENT, parent_body(**split))
    publish_table(cast, [row(cast, n, **given) for n, given in enumerate(outputs, 1)])
    return opened(cast)


def opened(cast: Cast) -> Case:
    """Will give a fresh case of the matter that splits."""
    report = make.new_case(matter_type=PARENT, class_code="road.manhole")
    return open_case(cast.acceptor, tenant=cast.tenant, report=report).case


def split(cast: Cast, case: Case, **data: Any) -> Split:
    """Will split a case and have its first parts opened."""
    make.act(cast.dispatcher, case, "split", data)
    drain()
    return Split.objects.get(parent=case)


def drain() -> None:
    """Will do everything that waits, as the worker does."""
    while outbox.drain():
        pass


def part(found: Split, number: int) -> SplitPart:
    """Will give a part as it is now."""
    return SplitPart.objects.select_related("case").get(split=found, number=number)


def end(cast: Cast, found: SplitPart, action: str = "close") -> None:
    """Will end a part's case: close it, or void it."""
    assert found.case is not None
    data = {"note": "已办成"} if action == "close" else {"reason": "现场无此情况"}
    make.act(cast.handler, found.case, action, data)


def state_of(case: Case) -> str:
    """Will give the state of a case as it is now."""
    return Case.objects.values_list("state", flat=True).get(pk=case.pk)
