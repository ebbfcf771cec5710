"""A year's plan of keeping: planned, done with evidence, checked by another, improved. OP-26."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices.models import Notice
from apps.ops.services import do
from apps.upkeep import registry, selectors, services
from apps.upkeep.models import CapacityReview, CycleItem, Exercise, Improvement
from apps.upkeep.services import NewImprovement, NewItem
from tests.cast import Cast
from tests.ops.factories import answered, lay_on

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def new(cast: Cast, **change: Any) -> NewItem:
    said: dict[str, Any] = {
        "year": 2026, "field": "data", "title": "每半年一次切换演练", "goal": "半小时内恢复",
        "owner": cast.reader, "due_on": date(2026, 12, 20),
    }  # fmt: skip
    return NewItem(**(said | change))


def drill() -> Exercise:
    return Exercise.objects.create(
        title="切换演练", kind="switch", scenario="失电", planned_on=date(2026, 11, 20),
        state="closed", started_at=NOON - timedelta(days=2),
    )  # fmt: skip


def missed(cast: Cast) -> CycleItem:
    """An item done with a drill, and found wanting by the keeper."""
    item = services.plan_item(cast.keeper, new=new(cast))
    held = drill()
    services.link_evidence(cast.reader, item_id=item.pk, kind="exercise", ref=str(held.pk))
    services.do_item(cast.reader, item_id=item.pk, outcome="演练用时四十分钟")
    return services.check_item(cast.keeper, item_id=item.pk, verdict="partly", finding="超时十分钟")


def test_an_item_goes_from_plan_to_improvement(keepers: Cast) -> None:
    with clock.at(NOON):
        item = missed(keepers)
        with pytest.raises(Refused, match="须先登记改进事项"):
            services.close_item(keepers.keeper, item_id=item.pk)
        task = services.add_improvement(
            keepers.keeper, item_id=item.pk,
            new=NewImprovement("写明通知时限", "data", keepers.reader, date(2026, 12, 1)),
        )  # fmt: skip
        with pytest.raises(Refused, match="没有完成"):
            services.close_item(keepers.keeper, item_id=item.pk)
        (data,) = [one for one in selectors.count_year(2026) if one.field == "data"]
        assert (data.checked, data.open_tasks, data.total) == (1, 1, 1)
        services.finish_improvement(keepers.reader, improvement_id=task.pk, result="已写入")
        closed = services.close_item(keepers.keeper, item_id=item.pk)
        with pytest.raises(Refused, match="已闭环"):
            services.close_item(keepers.keeper, item_id=item.pk)
    assert (closed.state, closed.verdict, task.origin) == ("closed", "partly", closed.title)
    entries = AuditEntry.objects.filter(action__startswith="cycle_item.").order_by("pk")
    assert [one.action for one in entries] == [
        f"cycle_item.{deed}" for deed in ("planned", "evidenced", "done", "checked", "closed")
    ]
    checked = entries.get(action="cycle_item.checked").data
    assert (checked["before"]["state"], checked["after"]["state"]) == ("done", "checked")


def test_who_answers_for_it_shows_it_and_never_checks_it(keepers: Cast) -> None:
    with clock.at(NOON):
        own = services.plan_item(keepers.keeper, new=new(keepers, owner=keepers.keeper))
        with pytest.raises(NotAllowed):
            services.plan_item(keepers.reader, new=new(keepers))
        with pytest.raises(NotAllowed):
            services.do_item(keepers.writer, item_id=own.pk, outcome="别人的")
        with pytest.raises(Refused, match="至少一条佐证"):
            services.do_item(keepers.keeper, item_id=own.pk, outcome="没有佐证")
        held = str(drill().pk)
        services.link_evidence(keepers.keeper, item_id=own.pk, kind="exercise", ref=held)
        with pytest.raises(Refused, match="已经关联"):
            services.link_evidence(keepers.keeper, item_id=own.pk, kind="exercise", ref=held)
        for kind, ref in (("exercise", "0"), ("nothing", held), ("order", "1' or '1'='1")):
            with pytest.raises(InvalidInput) as refused:
                services.link_evidence(keepers.keeper, item_id=own.pk, kind=kind, ref=ref)
            assert refused.value.field == "what"
        with pytest.raises(Refused, match="不能删除"):
            services.drop_item(keepers.keeper, item_id=own.pk)
        services.do_item(keepers.keeper, item_id=own.pk, outcome="做了")
        with pytest.raises(NotAllowed, match="另一人"):
            services.check_item(keepers.keeper, item_id=own.pk, verdict="met", finding="")
    with pytest.raises(IntegrityError), transaction.atomic():
        CycleItem.objects.filter(pk=own.pk).update(checker=keepers.keeper)
    with pytest.raises(IntegrityError), transaction.atomic():
        Improvement.objects.create(
            title="两个来源", field="data", owner=keepers.reader, due_on=NOON.date(), item=own,
            review=CapacityReview.objects.create(
                half="2026H2", trend=[], conclusion="x", by_name="x", at=NOON
            ),
        )  # fmt: skip


def test_an_item_is_of_its_year_once_and_moves_for_a_reason(keepers: Cast) -> None:
    def field_of(call: Any) -> str:
        with pytest.raises(InvalidInput) as refused:
            call()
        return refused.value.field or ""

    keeper = keepers.keeper
    item = services.plan_item(keeper, new=new(keepers))
    with pytest.raises(Refused, match="同名"):
        services.plan_item(keeper, new=new(keepers))
    far = date(2027, 1, 1)
    assert field_of(lambda: services.plan_item(keeper, new=new(keepers, due_on=far))) == "due_on"
    assert field_of(lambda: services.plan_item(keeper, new=new(keepers, field="sea"))) == "field"
    assert field_of(lambda: services.plan_item(keeper, new=new(keepers, title=" "))) == "title"

    def move(due_on: date, reason: str = "厂商延期") -> CycleItem:
        return services.move_item(keeper, item_id=item.pk, due_on=due_on, reason=reason)

    assert field_of(lambda: move(far)) == "due_on"
    assert field_of(lambda: move(date(2026, 12, 30), " ")) == "reason"
    with pytest.raises(Refused, match="没有变化"):
        move(item.due_on)
    assert move(date(2026, 12, 30)).due_on == date(2026, 12, 30)
    services.drop_item(keeper, item_id=item.pk)
    with pytest.raises(NotFound):
        services.drop_item(keeper, item_id=item.pk)


def test_late_items_are_told_and_orders_are_evidence_of_who_sees_them(keepers: Cast) -> None:
    keeper = keepers.keeper
    with clock.at(NOON - timedelta(days=3)):
        lay_on(keepers)
        order = answered(keepers)
        do(keepers.manager, order_id=order.pk, action="close", data={"note": "已核实"})
    with clock.at(NOON):
        services.plan_item(keeper, new=new(keepers, due_on=date(2026, 11, 20)))
        assert services.remind() == 1
        assert Notice.objects.filter(title__contains="年度计划事项逾期").count() == 2
        seen = {
            name: selectors.find_evidence(
                keepers.people[name], 2026, kind="order", ref=order.case.number
            )
            for name in ("manager", "manager_west", "reader")
        }
    assert seen["manager"] is not None
    assert seen["manager"].url == f"/ops/orders/{order.pk}/"
    assert (seen["manager_west"], seen["reader"]) == (None, None)
    with pytest.raises(ValueError, match="order"):
        registry.register_evidence(registry.EvidenceKind("order", "x", lambda _v, _y: ()))


def test_pages_of_the_year(keepers: Cast) -> None:
    keeper, reader, outsider = Client(), Client(), Client()
    keeper.force_login(keepers.keeper)
    reader.force_login(keepers.reader)
    outsider.force_login(keepers.outsider)
    url = "/upkeep/cycle/"
    with clock.at(NOON):
        assert outsider.get(url).status_code == 403
        assert "今年没有计划" in reader.get(url).content.decode()
        told = {
            "field": "network", "title": "<b>核心交换机</b>双上联", "goal": "断一条不中断",
            "owner": keepers.reader.username, "due_on": "2026-12-01",
        }  # fmt: skip
        assert reader.post(f"{url}?year=2026", told).status_code == 403
        wrong = keeper.post(f"{url}?year=2026", told | {"due_on": "2028-01-01"})
        assert "完成期限应在计划年度内" in wrong.content.decode()
        made = keeper.post(f"{url}?year=2026", told)
        page = made["Location"]
        shown = reader.get(page).content.decode()
        assert "&lt;b&gt;核心交换机" in shown
        assert "<b>核心" not in shown
        held = drill()
        link = {"what": f"exercise:{held.pk}"}
        assert reader.post(f"{page}evidence/", {"what": "exercise:0"}).status_code == 422
        assert reader.post(f"{page}evidence/", link).status_code == 302
        assert reader.post(f"{page}do/", {"outcome": "已割接"}).status_code == 302
        assert keeper.post(f"{page}check/", {"verdict": "not_met"}).status_code == 422
        assert keeper.post(f"{page}check/", {"verdict": "met", "finding": ""}).status_code == 302
        keeper.post(f"{page}close/")
        assert keeper.post(f"{page}dance/").status_code == 404
        assert CycleItem.objects.get().state == "closed"
        listed = reader.get(url, {"year": "2026", "field": "network", "state": "closed"})
        assert "断一条不中断" in listed.content.decode()
        late = reader.get(url, {"year": "2026", "state": "late"}).content.decode()
        assert "断一条不中断" not in late
        sheet = reader.get(f"{url}export/", {"year": "2026"})
        assert sheet["Content-Type"].startswith("application/vnd.openxml")
    assert AuditEntry.objects.filter(action="cycle_items.exported").count() == 1
