"""Who is troubled, and when: inhibition, silences, escalation. AL-03, AL-05."""

from datetime import datetime
from typing import Any

import pytest

from apps.accounts.models import Post
from apps.alarms.models import Alarm, EscalationStep
from apps.alarms.services import (
    NewSilence,
    acknowledge,
    add_dependency,
    add_silence,
    add_step,
    end_silence,
    escalate_due,
    follow_quiet,
    recover_alarm,
    remove_dependency,
    remove_step,
    set_warning_level,
)
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.clocks.models import Clock
from apps.clocks.selectors import open_clocks
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.notices.models import Delivery, Notice
from tests.alarms.factories import asset, minutes, raised
from tests.cast import Cast


def out(thing: Asset, at: datetime | None = None) -> Alarm:
    return raised(thing, kind="offline", title="", **({"at": at} if at else {}))


def back(thing: Asset, at: datetime) -> None:
    recover_alarm(source="device", kind="offline", asset=thing, at=at, sentence="")


def street(cast: Cast, count: int = 14) -> tuple[Asset, list[Asset]]:
    """A cabinet with so many cameras on it."""
    cabinet = asset(cast, "街头机柜")
    cameras = [asset(cast, f"摄像机{n}") for n in range(count)]
    for camera in cameras:
        add_dependency(SYSTEM, child=camera, parent=cabinet, kind="power")
    return cabinet, cameras


def test_a_dead_cabinet_is_one_alarm_listing_its_cameras(watch: Cast) -> None:
    cabinet, cameras = street(watch)
    now = clock.now()
    with clock.at(now):
        early = [out(camera) for camera in cameras[:4]]
        parent = out(cabinet)
        late = [out(camera) for camera in cameras[4:]]
        unrelated = raised(cameras[0], kind="bad_picture")
    assert parent.inhibited.count() == 14
    assert {alarm.pk for alarm in early + late} == set(
        parent.inhibited.values_list("pk", flat=True)
    )
    assert unrelated.inhibited_by is None
    waiting = Clock.objects.filter(subject_type="alarms.alarm", state="running")
    assert set(waiting.values_list("subject_id", flat=True)) == {parent.pk, unrelated.pk}
    with clock.at(now + minutes(30)):
        for camera in cameras[:12]:
            back(camera, now + minutes(30))
        back(cabinet, now + minutes(30))
        assert follow_quiet() == 0  # they have three minutes to be heard again
    with clock.at(now + minutes(34)):
        assert (follow_quiet(), follow_quiet()) == (2, 0)
    left = Alarm.objects.filter(kind="offline", ended_at__isnull=True)
    assert {(alarm.about, alarm.inhibited_by) for alarm in left} == {
        ("摄像机12", None),
        ("摄像机13", None),
    }
    assert Clock.objects.filter(subject_id__in=left.values("pk"), state="running").count() == 2


def test_the_highest_outage_explains_all(watch: Cast) -> None:
    station, cabinet, camera = (asset(watch, name) for name in ("变电站", "机柜", "摄像机"))
    add_dependency(SYSTEM, child=cabinet, parent=station, kind="power")
    add_dependency(SYSTEM, child=camera, parent=cabinet, kind="network")
    seen, middle, top = out(camera), out(cabinet), out(station)
    for alarm in (seen, middle):
        alarm.refresh_from_db()
        assert alarm.inhibited_by == top
    assert top.inhibited_by is None


def test_nothing_hangs_on_itself(watch: Cast) -> None:
    a, b, c = (asset(watch, name) for name in "甲乙丙")
    add_dependency(watch.chief, child=a, parent=b, kind="power")
    row = add_dependency(watch.chief, child=b, parent=c, kind="power")
    for child, parent in ((c, a), (a, a), (b, a)):
        with pytest.raises(InvalidInput):
            add_dependency(watch.chief, child=child, parent=parent, kind="power")
    with pytest.raises(NotAllowed):
        add_dependency(watch.operator, child=a, parent=c, kind="power")
    remove_dependency(watch.chief, dependency_id=row.pk)
    assert add_dependency(watch.chief, child=c, parent=a, kind="network").kind == "network"


def test_announced_work_troubles_nobody_and_loses_nothing(watch: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        before = raised(asset(watch, "甲"))
        new = NewSilence("maintenance", "管网检修", now, now + minutes(60), area=watch.east)
        row = add_silence(watch.chief, tenant=watch.tenant, new=new)
        during, far = raised(asset(watch, "乙")), raised(asset(watch, "丙", west=True))
        red = raised(asset(watch, "丁"), level=4)
    for alarm in (before, during, far, red):
        alarm.refresh_from_db()
    assert [alarm.silence for alarm in (before, during, far, red)] == [row, row, None, None]
    with clock.at(now + minutes(61)):
        assert (follow_quiet(), follow_quiet()) == (2, 0)
    during.refresh_from_db()
    assert during.silence is None
    assert Clock.objects.filter(subject_id=during.pk, state="running").exists()


def test_a_silence_is_cut_short_and_its_ground_is_the_actors(watch: Cast) -> None:
    now = clock.now()
    alarm = raised(asset(watch))
    new = NewSilence("silence", "演练", now, now + minutes(60))
    row = add_silence(watch.chief, tenant=watch.tenant, new=new)
    end_silence(watch.chief, silence_id=row.pk)
    alarm.refresh_from_db()
    assert alarm.silence is None
    with pytest.raises(InvalidInput):
        end_silence(watch.chief, silence_id=row.pk)
    with pytest.raises(NotAllowed):
        add_silence(watch.operator, tenant=watch.tenant, new=new)
    for wrong in (
        NewSilence("silence", "", now, now + minutes(60)),
        NewSilence("silence", "演练", now, now),
        NewSilence("silence", "演练", now, now + minutes(60 * 24 * 31)),
        NewSilence("quiet", "演练", now, now + minutes(60)),
    ):
        with pytest.raises(InvalidInput):
            add_silence(watch.chief, tenant=watch.tenant, new=wrong)


def steps(watch: Cast) -> list[EscalationStep]:
    posts = [
        Post.objects.get(organization=watch.east_works, name="alarm-operator"),
        Post.objects.get(organization=watch.center, name="alarm-chief"),
    ]
    return [
        add_step(
            watch.chief, tenant=watch.tenant, level_from=3, after_minutes=after, post=post,
            by_sms=after == 30,
        )
        for after, post in zip((15, 30), posts, strict=True)
    ]  # fmt: skip


def test_escalation_by_time_over_posts(watch: Cast) -> None:
    steps(watch)
    watch.chief.phone = "13800000000"
    watch.chief.save()
    now = clock.now()
    with clock.at(now):
        alarm = raised(asset(watch))
        mild = raised(asset(watch, "乙"), level=2)
        assert escalate_due() == 0
    with clock.at(now + minutes(16)):
        assert (escalate_due(), escalate_due()) == (1, 0)
    with clock.at(now + minutes(31)):
        assert (escalate_due(), escalate_due()) == (1, 0)
    told = Notice.objects.filter(title__contains="分钟无人确认的").order_by("pk")
    assert [n.recipient for n in told] == [watch.operator_east, watch.chief]
    assert Delivery.objects.get().to == "13800000000"
    assert alarm.events.filter(kind="escalated").count() == 2
    assert not mild.events.filter(kind="escalated").exists()


def test_an_answer_ends_escalation(watch: Cast) -> None:
    [first, _second] = steps(watch)
    now = clock.now()
    with clock.at(now):
        alarm = raised(asset(watch))
        acknowledge(watch.operator, alarm_id=alarm.pk)
    with clock.at(now + minutes(60)):
        assert escalate_due() == 0
    with pytest.raises(InvalidInput):
        steps(watch)
    remove_step(watch.chief, step_id=first.pk)
    with pytest.raises(InvalidInput):
        add_step(
            watch.chief, tenant=watch.tenant, level_from=3, after_minutes=0, post=first.post,
            by_sms=False,
        )  # fmt: skip


def test_levels_mean_something(watch: Cast) -> None:
    said: dict[str, Any] = {"audience": "分管领导", "action": "到场", "lift": "低于警戒水位两小时"}
    set_warning_level(watch.chief, tenant=watch.tenant, level=4, **said)
    row = set_warning_level(
        watch.chief, tenant=watch.tenant, level=4, **(said | {"action": "立即到场"})
    )
    assert row.action == "立即到场"
    with pytest.raises(InvalidInput):
        set_warning_level(watch.chief, tenant=watch.tenant, level=4, **(said | {"lift": " "}))
    with pytest.raises(NotAllowed):
        set_warning_level(watch.operator, tenant=watch.tenant, level=4, **said)


def test_the_limit_of_the_first_answer_is_data_and_follows_the_level(watch: Cast) -> None:
    """SL-06: minutes per level; a running clock follows a changed level, not a changed table."""
    said: dict[str, Any] = {"audience": "分管领导", "action": "到场", "lift": "低于警戒水位两小时"}
    for level, wanted in ((3, 30), (4, 5)):
        set_warning_level(
            watch.chief, tenant=watch.tenant, level=level, response_minutes=wanted, **said
        )
    with pytest.raises(InvalidInput) as refused:
        set_warning_level(watch.chief, tenant=watch.tenant, level=4, response_minutes=0, **said)
    assert refused.value.field == "response_minutes"
    thing, now = asset(watch), clock.now()
    with clock.at(now):
        alarm = raised(thing, at=now)
        [running] = open_clocks("alarms.alarm", alarm.pk)
        assert running.due_at == now + minutes(30)
        set_warning_level(watch.chief, tenant=watch.tenant, level=3, response_minutes=60, **said)
    with clock.at(now + minutes(2)):
        raised(thing, at=now + minutes(2), level=4)
    running.refresh_from_db()
    assert running.due_at == now + minutes(5)
    assert running.intervals.filter(kind="relimited").count() == 1
    with clock.at(now + minutes(3)):
        raised(thing, at=now + minutes(3), level=1)
    running.refresh_from_db()
    assert running.due_at == now + minutes(10)  # nobody set one for blue
