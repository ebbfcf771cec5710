"""A town whose hotline has a call-back pool, a script and people who call."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.callbacks import services
from apps.callbacks.models import CallbackTask, Pool
from apps.common import clock, files
from apps.hotline.models import Demand, Line
from apps.hotline.services import register_demand
from apps.matters.models import Case
from apps.matters.services import NewFile
from tests.cast import ROLES, Cast, _person, build_cast
from tests.hotline.citizen.conftest import picture
from tests.hotline.factories import intake
from tests.matters import factories as make
from tests.put_back import put_back_or_build

ROLES.setdefault(
    "callback_lead",
    [
        "callbacks.manage_pools",
        "callbacks.view_callbacks",
        "callbacks.draft_bulletins",
        "matters.callback_case",
        "matters.reveal_reporter",
    ],
)
ROLES.setdefault("callback_boss", ["callbacks.approve_bulletins", "callbacks.rule_disputes"])
ROLES.setdefault("disputer", ["matters.handle_case", "callbacks.file_disputes"])
ROLES.setdefault("double", ["matters.handle_case", "matters.callback_case"])
#: A Friday, eleven in the morning in the city.
ELEVEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SCRIPT = services.ScriptSpec(
    "standard",
    "通用回访问卷",
    "您好，这里是市民热线。",
    "感谢您的支持。",
    {"fields": [{"name": "waited", "label": "等待是否过久", "type": "boolean"}]},
)
GOOD = services.Answer("reached", True, 5, 5, "很好", {"waited": ""})
BAD = services.Answer("reached", False, 1, 4, "井盖仍松动", {"waited": "on"})


@pytest.fixture
def town(db: None) -> Cast:
    """The town since September, with two agents, their lead, and one who sits in two chairs."""
    return put_back_or_build("callbacks", _build)


def _build() -> Cast:
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        cast = build_cast()
    for name, role, unit, full_name in (
        ("second", "callback", cast.center, "钱回访"),
        ("lead", "callback_lead", cast.center, "孙班长"),
        ("boss", "callback_boss", cast.center, "李审定"),
        ("disputer", "disputer", cast.east_works, "周异议"),
        ("disputer_west", "disputer", cast.west_works, "吴西区"),
        ("double", "double", cast.east_works, "郑双岗"),
        ("callback_west", "callback", cast.west_works, "王西区"),
        ("boss_west", "callback_boss", cast.west_works, "冯西区"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    Line.objects.create(tenant=cast.tenant, code="main", name="市民热线", number="12345")
    return cast


@pytest.fixture
def pool(town: Cast) -> Pool:
    """Everything is called back, from half past eight to eight."""
    return new_pool(town)


def new_pool(town: Cast, **changes: Any) -> Pool:
    """Will give a pool with its script published."""
    services.publish_script(town.lead, tenant=town.tenant, spec=SCRIPT)
    values = {"name": "全部回访", "script_code": "standard", "from_time": time(8, 30)} | changes
    return services.save_pool(town.lead, tenant=town.tenant, spec=services.PoolSpec(**values))


def answered(town: Cast, **changes: Any) -> Case:
    """Will give a hotline demand the eastern works have answered."""
    case = register_demand(town.acceptor, tenant=town.tenant, intake=intake(**changes)).case
    case = make.act(town.acceptor, case, "accept", make.ACCEPT)
    case = make.act(town.dispatcher, case, "dispatch", make.dispatch_data(town))
    case = make.act(town.handler, case, "sign", {})
    return make.act(town.handler, case, "feed_back", make.feed_back_data())


def task_of(case: Case) -> CallbackTask:
    """Will give the last call-back of a case."""
    return CallbackTask.objects.filter(case=case).latest("round")


def called(town: Cast, case: Case, answer: services.Answer, by: str = "callback") -> CallbackTask:
    """Will give the case's call-back done by an agent."""
    services.fill_pools()
    task = services.claim_next(town.people[by])
    assert task is not None
    return services.record_attempt(
        town.people[by], task_id=task.pk, number=task.tries + 1, answer=answer
    )


def evidence() -> list[NewFile]:
    """Will give one photograph."""
    upload = SimpleUploadedFile("现场.jpg", picture().read(), content_type="image/jpeg")
    return [NewFile(files.store(upload), "现场.jpg")]


def secret_of(case: Case) -> str:
    """Will give the reporter's phone, which no page may show."""
    return Demand.objects.get(case=case).reporter_phone
