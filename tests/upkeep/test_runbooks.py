"""The operations manual: two people, linked to kinds of alarms, worked through there. OP-25."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.alarms.models import Alarm
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.upkeep import selectors, services
from apps.upkeep.models import RunbookCheck, RunbookVersion
from apps.upkeep.services import Article
from tests.alarms.factories import asset, raised
from tests.alarms.factories import person as watcher
from tests.cast import Cast

ARTICLE = Article(
    title="磁盘空间不足", summary="先看是哪一类数据在增长",
    steps=["查看各目录占用", "清理过期导出", "<script>扩容</script>"], alarm_kinds=["low_disk"],
)  # fmt: skip


@pytest.fixture
def alarm(keepers: Cast) -> Alarm:
    for name, unit in (
        ("operator_east", keepers.east_works),
        ("operator_west", keepers.west_works),
    ):
        keepers.people[name] = watcher(name, "operator", unit)
    return raised(asset(keepers), kind="low_disk")


def publish(cast: Cast, article: Article = ARTICLE, code: str = "low-disk") -> RunbookVersion:
    draft = services.write_runbook(cast.writer, code=code, article=article)
    return services.publish_runbook(cast.keeper, version_id=draft.pk)


def test_a_wording_is_in_force_when_another_person_agrees(keepers: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.write_runbook(keepers.reader, code="low-disk", article=ARTICLE)
    draft = services.write_runbook(keepers.writer, code="low-disk", article=ARTICLE)
    assert selectors.runbooks_for(alarm_kind="low_disk") == []
    with pytest.raises(NotAllowed):
        services.publish_runbook(keepers.writer, version_id=draft.pk)
    with pytest.raises(IntegrityError, match="runbook_two_people"), transaction.atomic():
        RunbookVersion.objects.filter(pk=draft.pk).update(approved_by=keepers.writer)
    services.publish_runbook(keepers.keeper, version_id=draft.pk)
    with pytest.raises(Refused, match="已经发布"):
        services.publish_runbook(keepers.keeper, version_id=draft.pk)
    second = services.write_runbook(
        keepers.writer, code="low-disk", article=Article("磁盘将满", ["扩容"])
    )
    assert second.number == 2
    assert [v.title for v in selectors.runbooks_for(alarm_kind="low_disk")] == ["磁盘空间不足"]
    services.publish_runbook(keepers.keeper, version_id=second.pk)
    draft.refresh_from_db()
    assert draft.state == "replaced"
    assert selectors.runbooks_for(alarm_kind="low_disk") == []
    actions = AuditEntry.objects.filter(object_type="upkeep.runbook").values_list("action")
    assert [action for (action,) in actions.order_by("pk")] == [
        "runbook.written", "runbook.published", "runbook.written", "runbook.published",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": ["x" * 501]}, "steps"),
        ({"alarm_kinds": ["no_such"]}, "alarm_kinds"),
        ({"fault_kinds": ["no_such"]}, "fault_kinds"),
    ],
)
def test_wrong_input_names_its_field(
    keepers: Cast, change: dict[str, list[str]], field: str
) -> None:
    article = Article(**(ARTICLE.__dict__ | change))
    with pytest.raises(InvalidInput) as refusal:
        services.write_runbook(keepers.writer, code="x", article=article)
    assert refusal.value.field == field


def test_steps_are_checked_off_on_the_page_of_the_alarm(keepers: Cast, alarm: Alarm) -> None:
    version = publish(keepers)
    client = Client()
    client.force_login(keepers.operator_east)
    page = client.get(f"/alarms/{alarm.pk}/").content.decode()
    assert "清理过期导出" in page
    assert "&lt;script&gt;扩容" in page
    form = {"version": version.pk, "step": 1}
    for _turn in range(2):
        assert client.post(f"/upkeep/alarms/{alarm.pk}/steps/", form).status_code == 302
    [check] = RunbookCheck.objects.all()
    assert (check.step, check.by) == (1, keepers.operator_east)
    assert [bool(step.done) for step in selectors.steps_for(version, alarm)] == [False, True, False]
    assert check.by_name in client.get(f"/alarms/{alarm.pk}/").content.decode()
    for wrong in ({"version": version.pk, "step": 9}, {"version": 0, "step": 0}):
        assert client.post(f"/upkeep/alarms/{alarm.pk}/steps/", wrong).status_code == 404
    wrong = {"version": "x", "step": "1"}
    assert client.post(f"/upkeep/alarms/{alarm.pk}/steps/", wrong).status_code == 400


def test_the_neighbours_alarm_is_not_there(keepers: Cast, alarm: Alarm) -> None:
    version = publish(keepers)
    client = Client()
    client.force_login(keepers.operator_west)
    form = {"version": version.pk, "step": 0}
    assert client.post(f"/upkeep/alarms/{alarm.pk}/steps/", form).status_code == 404
    with pytest.raises(NotAllowed):
        services.check_step(keepers.keeper, alarm=alarm, version_id=version.pk, step=0)
    assert not RunbookCheck.objects.exists()


def test_an_article_about_another_kind_cannot_be_checked_off(keepers: Cast, alarm: Alarm) -> None:
    other = publish(keepers, Article("断电", ["去看"], alarm_kinds=["power_lost"]), "power")
    with pytest.raises(NotFound):
        services.check_step(keepers.operator_east, alarm=alarm, version_id=other.pk, step=0)
    client = Client()
    client.force_login(keepers.operator_east)
    assert "去看" not in client.get(f"/alarms/{alarm.pk}/").content.decode()


def test_articles_are_found_written_and_published_on_pages(keepers: Cast) -> None:
    client = Client()
    client.force_login(keepers.writer)
    form = {"code": "slow", "title": "页面慢了怎么办", "summary": "", "steps": "看慢查询\n\n 重启 ",
            "alarm_kinds": ["slow"]}  # fmt: skip
    assert client.post("/upkeep/runbooks/new/", form | {"steps": " "}).status_code == 422
    assert client.post("/upkeep/runbooks/new/", form).status_code == 302
    draft = RunbookVersion.objects.get()
    assert draft.steps == ["看慢查询", "重启"]
    address = f"/upkeep/runbooks/slow/{draft.pk}/publish/"
    assert client.post(address).status_code == 403
    reader = Client()
    reader.force_login(keepers.reader)
    assert reader.get("/upkeep/runbooks/slow/").status_code == 404
    client.force_login(keepers.keeper)
    assert client.post(address).status_code == 302
    assert reader.get("/upkeep/runbooks/slow/").status_code == 200
    assert "页面慢了怎么办" in reader.get("/upkeep/runbooks/?q=慢查询").content.decode()
    assert "页面慢了怎么办" not in reader.get("/upkeep/runbooks/?kind=low_disk").content.decode()
    assert reader.get("/upkeep/runbooks/slow/edit/").status_code == 403
    client.force_login(keepers.handler)
    assert client.get("/upkeep/runbooks/").status_code == 403
