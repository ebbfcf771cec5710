from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Tenant, User
from apps.rules import services
from apps.rules.models import RuleTable, RuleTableVersion
from apps.rules.registry import (
    Fact,
    FactType,
    Output,
    OutputType,
    SubjectKind,
    Vocabulary,
    temporarily,
)
from tests.rules.factories import TenantFactory, person

KINDS = [("road", "道路破损"), ("cover", "井盖缺失"), ("lamp", "路灯不亮"), ("noise", "噪声")]
UNITS = {"gd-cg": "港东区城市管理局", "gx-cg": "港西区城市管理局", "ld": "路灯管理所"}

DISPATCH = Vocabulary(
    code="test.dispatch",
    label="派单",
    facts=[
        Fact("kind", "类别", FactType.CODE, choices=lambda: KINDS),
        Fact("area", "区域", FactType.AREA),
        Fact("level", "级别", FactType.NUMBER, whole=True, minimum=1, maximum=5),
        Fact("night", "夜间", FactType.BOOL),
        Fact("tags", "标签", FactType.TAGS),
        Fact("text", "内容", FactType.TEXT),
        Fact("at", "时间", FactType.DATETIME),
    ],
    outputs=[
        Output(
            "unit",
            "承办单位",
            OutputType.ORGANIZATION,
            choices=UNITS.items,
            phrase="交由{value}办理",
        ),
        Output("limit", "时限", OutputType.LIMIT, unit="个工作日", phrase="时限{value}"),
    ],
)


def dispatch_body(**changes: Any) -> dict[str, Any]:
    """Two rows and a default: road and cover to 港东区, lamps to 路灯管理所."""
    rows = [
        {
            "key": "road",
            "cells": {"kind": {"op": "in", "values": ["road", "cover"]}},
            "outputs": {"unit": "gd-cg", "limit": 5},
        },
        {
            "key": "lamp",
            "cells": {
                "kind": {"op": "in", "values": ["lamp"]},
                "level": {"op": "between", "lo": 3},
            },
            "outputs": {"unit": "ld", "limit": 1},
        },
    ]
    return {
        "hit_policy": "first",
        "inputs": ["kind", "level"],
        "outputs": ["unit", "limit"],
        "rows": rows,
        **changes,
    }


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    kind = SubjectKind("parcel", "包裹", can_view=lambda user, pk: user.username == f"user-{pk}")
    with temporarily(DISPATCH, kind):
        yield


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory()


@pytest.fixture
def author(tenant: Tenant) -> User:
    return person(tenant, "view_ruletable", "edit_rules")


@pytest.fixture
def reviewer(tenant: Tenant) -> User:
    return person(tenant, "view_ruletable", "edit_rules", "publish_rules")


@pytest.fixture
def reader(tenant: Tenant) -> User:
    return person(tenant, "view_ruletable")


@pytest.fixture
def outsider(db: None) -> User:
    """Holds every right, in another tenant."""
    return person(TenantFactory(), "view_ruletable", "edit_rules", "publish_rules")


@pytest.fixture
def table(author: User, tenant: Tenant) -> RuleTable:
    return services.create_table(
        author, code="dispatch", name="派单规则", vocabulary="test.dispatch", tenant=tenant
    )


@pytest.fixture
def draft(author: User, table: RuleTable) -> RuleTableVersion:
    services.add_test_case(
        author,
        table=table,
        name="井盖归城管",
        facts={"kind": "cover"},
        expected=[{"unit": "gd-cg", "limit": 5}],
    )
    return services.save_draft(author, table=table, body=dispatch_body())


@pytest.fixture
def published(author: User, reviewer: User, draft: RuleTableVersion) -> RuleTableVersion:
    services.submit(author, version=draft)
    return services.publish(reviewer, version=draft)
