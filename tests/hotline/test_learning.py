"""Reading demands, learning from them, comparing versions, dispatching with no person."""

from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import outbox
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.enums import AutoDispatch
from apps.hotline.learning import comparing, examples, keeping, reading, switching
from apps.hotline.learning.dispatching import is_switched_on
from apps.hotline.models import DispatchSwitch, LearningExample, Reading
from apps.hotline.services import register_demand
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.services import perform
from apps.nlp import services as nlp
from apps.nlp.enums import ModelState
from apps.nlp.learned import Example
from apps.nlp.models import TextModel
from apps.notices.models import Notice
from tests.cast import ROLES, Cast, _person
from tests.hotline.factories import demand, intake, neighbour
from tests.nlp.learned import reports, serving

pytestmark = pytest.mark.django_db
SURE = "窨井盖丢失很危险，井盖破损车辆颠簸，路口井盖松动下沉"


@pytest.fixture
def keepers(cast: Cast) -> tuple[User, User]:
    """Who trains and asks, and who releases and agrees."""
    ROLES.setdefault("text_keeper", ["nlp.keep_models", "hotline.ask_auto_dispatch"])
    ROLES.setdefault("text_releaser", ["nlp.release_models", "hotline.agree_auto_dispatch"])
    return (
        _person("keeper", "许练", "text_keeper", cast.center),
        _person("releaser", "严发", "text_releaser", cast.center),
    )


@pytest.fixture
def watcher(cast: Cast) -> User:
    """The shift leader: sees every case of the town and is told of warnings."""
    ROLES.setdefault("watcher", ["nlp.see_alerts", "matters.view_tenant_cases"])
    return _person("watcher", "何岗", "watcher", cast.center)


def web(cast: Cast, **changes: object) -> Case:
    """Will give a report from the web, nobody having read it."""
    values = {"channel": Channel.WEB, "class_code": "", "title": "井盖丢失", "text": SURE}
    return demand(cast, **(values | changes))


def switched_on(cast: Cast, keepers: tuple[User, User]) -> None:
    """Will switch automatic dispatch on, by two people."""
    keeper, releaser = keepers
    asked = switching.ask_switch(keeper, tenant=cast.tenant, is_on=True, reason="试运行")
    switching.decide_switch(releaser, switch_id=asked.pk, agree=True)


def test_each_demand_is_read_once_and_a_class_waits_for_a_person(cast):
    serving(cast)
    case = web(cast)
    assert outbox.drain() >= 1
    read = Reading.objects.get(case=case)
    assert (read.version, read.offers[0]["code"], read.filled) == (
        1,
        "road.manhole",
        "road.manhole",
    )
    assert any("井盖" in reason for reason in read.offers[0]["reasons"])
    assert read.dispatch == AutoDispatch.OFF
    assert reading.read_demand(case.pk).pk == read.pk
    case.refresh_from_db()
    assert case.class_code == ""


def test_a_warning_reaches_the_shift_leader_at_once_and_is_looked_at_once(cast, watcher, client):
    case = web(cast, title="没有活路", text="再没有人管我就不想活了，准备跳楼")
    reading.read_demand(case.pk)
    told = Notice.objects.get(kind="alert")
    assert told.recipient_id == watcher.pk
    assert "轻生自伤" in told.title
    assert "不想活" in told.body
    client.force_login(watcher)
    page = client.get(reverse("hotline:alerts")).content.decode()
    assert case.number in page
    queue = client.get("/cases/queue/all/")
    assert queue.status_code in (200, 404)
    with pytest.raises(InvalidInput) as refused:
        reading.mark_seen(watcher, case_id=case.pk, note=" ")
    assert refused.value.field == "note"
    client.post(reverse("hotline:alert-seen", args=[case.pk]), {"note": "已电话联系并转社区"})
    assert Reading.objects.get(case=case).seen_by_id == watcher.pk
    with pytest.raises(Refused):
        reading.mark_seen(watcher, case_id=case.pk, note="再记一次")
    entry = AuditEntry.objects.get(action="alert.seen")
    assert entry.data["before"]["seen_note"] == ""


def test_a_neighbour_sees_no_warning_and_others_no_page(cast, watcher, client):
    case = web(cast, text="明天我们聚众围堵市政府大门，大家都来")
    reading.read_demand(case.pk)
    stranger = neighbour(cast)
    role = stranger.appointments.get().post.roles.get()
    role.permissions.add(Permission.objects.get(codename="see_alerts"))
    stranger = User.objects.get(pk=stranger.pk)
    client.force_login(stranger)
    assert case.number not in client.get(reverse("hotline:alerts")).content.decode()
    with pytest.raises(NotFound):
        reading.mark_seen(stranger, case_id=case.pk, note="越权处置")
    client.force_login(cast.handler)
    for name in ("alerts", "learning", "learning-examples", "auto-dispatch"):
        assert client.get(reverse(f"hotline:{name}")).status_code == 403


def test_a_sure_report_goes_out_with_no_person_and_comes_back(cast, keepers):
    serving(cast)
    switched_on(cast, keepers)
    case = web(cast)
    read = reading.read_demand(case.pk)
    assert (read.dispatch, "阈值" in read.dispatch_reason) == (AutoDispatch.DONE, True)
    case.refresh_from_db()
    assert (case.state, case.class_code, case.unit) == (
        "dispatched",
        "road.manhole",
        cast.east_works,
    )
    perform(cast.dispatcher, case_id=case.pk, action="recall", data={"reason": "应由社区处理"})
    case.refresh_from_db()
    assert (case.state, case.unit) == ("accepted", None)
    assert not comparing.judged_readings().filter(pk=read.pk).exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": SURE + "，不想活了"}, "警示"),
        ({"is_secret": True}, "保密"),
        ({"title": "别的", "text": "天上的云今天很好看呀"}, "阈值"),
        ({"class_code": "env.noise"}, "不同"),
        ({"channel": Channel.PHONE}, ""),
    ],
)
def test_what_is_not_sure_waits_for_a_person_and_says_why(cast, keepers, changes, why):
    serving(cast)
    switched_on(cast, keepers)
    read = reading.read_demand(web(cast, **changes).pk)
    assert read.dispatch == (AutoDispatch.LEFT if why else AutoDispatch.OFF)
    assert why in read.dispatch_reason
    read.case.refresh_from_db()
    assert read.case.state == "registered"


def test_where_the_rules_name_no_unit_nothing_is_half_done(cast, keepers):
    serving(cast)
    switched_on(cast, keepers)
    read = reading.read_demand(web(cast, lon=None, lat=None, address="").pk)
    assert read.dispatch == AutoDispatch.LEFT
    assert "规则未给出承办单位" in read.dispatch_reason
    read.case.refresh_from_db()
    assert (read.case.state, read.case.class_code) == ("registered", "")


def test_two_people_switch_on_and_one_switches_off(cast, keepers, client):
    keeper, releaser = keepers
    asked = switching.ask_switch(keeper, tenant=cast.tenant, is_on=True, reason="试运行")
    assert not is_switched_on(cast.tenant.pk)
    with pytest.raises(Refused), transaction.atomic():
        switching.ask_switch(keeper, tenant=cast.tenant, is_on=True, reason="再来一次")
    with pytest.raises(NotAllowed):
        switching.decide_switch(keeper, switch_id=asked.pk, agree=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        DispatchSwitch.objects.filter(pk=asked.pk).update(decided_by=keeper)
    client.force_login(releaser)
    client.post(reverse("hotline:auto-dispatch-decide", args=[asked.pk, "agree"]))
    assert is_switched_on(cast.tenant.pk)
    with pytest.raises(Refused):
        switching.decide_switch(releaser, switch_id=asked.pk, agree=False)
    client.force_login(keeper)
    client.post(reverse("hotline:auto-dispatch-ask"), {"on": "0", "reason": "误派较多"})
    assert not is_switched_on(cast.tenant.pk)
    stranger = neighbour(cast)
    with pytest.raises(NotAllowed):
        switching.ask_switch(stranger, tenant=cast.tenant, is_on=True, reason="越权申请")


def test_a_model_is_trained_tried_released_by_another_and_rolled_back(cast, keepers, client):
    keeper, releaser = keepers
    for number, example in enumerate(reports(12)):
        LearningExample.objects.create(
            tenant=cast.tenant, title=example.title, text=example.text, digest=f"{number}",
            class_code=example.code, created_at="2026-11-01T00:00Z",
        )  # fmt: skip
    client.force_login(keeper)
    client.post(reverse("hotline:learning-train"), {"note": "首版"})
    with pytest.raises(Refused):
        nlp.order_training(keeper)
    assert keeping.train_waiting() is True
    assert keeping.train_waiting() is False
    first = TextModel.objects.get()
    assert (first.state, first.examples, first.percent) == (ModelState.DRAFT, 36, 100)
    assert Notice.objects.filter(recipient=keeper, kind="text_model").count() == 1
    nlp.challenge(keeper, number=1)
    keeping.submit(keeper, number=1)
    with pytest.raises(NotAllowed):
        nlp.release(keeper, number=1)
    client.force_login(releaser)
    page = client.get(reverse("hotline:learning-model", args=[1])).content.decode()
    assert "宏平均 F1" in page
    client.post(reverse("hotline:learning-deed", args=[1, "release"]))
    first.refresh_from_db()
    assert (first.state, first.releaser_id) == (ModelState.RELEASED, releaser.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        TextModel.objects.update(releaser=keeper)
    second = serving(cast, state=ModelState.SUBMITTED, number=2)
    nlp.release(releaser, number=second.number)
    first.refresh_from_db()
    assert first.state == ModelState.RETIRED
    nlp.roll_back(releaser, number=2)
    assert TextModel.objects.get(state=ModelState.RELEASED).number == 1
    assert nlp.roll_back(releaser, number=1) is None
    with pytest.raises(Refused):
        nlp.roll_back(releaser, number=1)
    done = AuditEntry.objects.filter(action="text_model.released").first()
    assert done.data["before"]["state"] == "submitted"


def test_a_dead_trainer_is_followed_by_another_and_given_up_after_three(cast, keepers):
    keeper, _releaser = keepers
    model = nlp.order_training(keeper)
    for attempt in (1, 2, 3):
        assert nlp.claim().attempts == attempt
        assert nlp.claim() is None
        TextModel.objects.filter(pk=model.pk).update(claimed_at="2026-01-01T00:00Z")
    assert nlp.claim() is None
    model.refresh_from_db()
    assert (model.state, model.problem) == (ModelState.FAILED, "训练程序多次中断")
    nlp.order_training(keeper)
    assert keeping.train_waiting() is True
    failed = TextModel.objects.get(number=2)
    assert "两个类别" in failed.problem


def test_ended_cases_teach_covered_and_conflicts_wait_for_a_person(cast, keepers):
    keeper, _releaser = keepers
    text = "我叫欧阳锋，电话13812345678，井盖坏了"
    for number in range(2):
        case = demand(cast, text=text, source_key=f"t{number}")
        code = ("road.manhole", "road.damage")[number]
        Case.objects.filter(pk=case.pk).update(
            category="ended", answered_at="2026-11-01T00:00Z", class_code=code
        )
    assert (examples.collect(), examples.collect()) == (2, 0)
    assert examples.training_examples() == []
    wrong = LearningExample.objects.get(class_code="road.damage")
    with pytest.raises(InvalidInput) as refused:
        examples.rule_example(keeper, example_id=wrong.pk, excluded=True, reason="")
    assert refused.value.field == "reason"
    examples.rule_example(keeper, example_id=wrong.pk, excluded=True, reason="应为井盖问题")
    with pytest.raises(Refused):
        examples.rule_example(keeper, example_id=wrong.pk, excluded=True, reason="应为井盖问题")
    found = examples.training_examples()
    assert found == [Example("路口井盖松动", "我叫某某，电话138****5678，井盖坏了", "road.manhole")]
    with pytest.raises(NotFound):
        examples.rule_example(neighbour(cast), example_id=wrong.pk, excluded=False, reason="越权")


def test_a_labelled_file_is_taken_in_once_and_its_wrong_rows_are_told(cast, keepers, client):
    client.force_login(keepers[0])
    rows = (
        "标题,内容,类别\n井盖,井盖坏了13812345678,井盖问题\n"
        "噪声,半夜太吵,env.noise\n怪,怪事,没有的类\n"
    )
    url = reverse("hotline:learning-examples")
    for _time in range(2):
        file = SimpleUploadedFile("样本.csv", rows.encode("utf-8-sig"))
        told = client.post(url, {"file": file})
        sheet = load_workbook(BytesIO(b"".join(told.streaming_content))).active
        assert sheet.cell(2, 1).value == 4
    assert LearningExample.objects.count() == 2
    assert "138****5678" in LearningExample.objects.get(class_code="road.manhole").text
    broken = client.post(url, {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
    assert broken.status_code == 422
    assert "缺少列" in broken.content.decode()
    huge = SimpleUploadedFile("big.csv", b"x" * (21 * 1024 * 1024))
    assert client.post(url, {"file": huge}).status_code in (400, 413, 422)
    assert client.get(reverse("hotline:learning-examples-export")).status_code == 200


def test_versions_are_compared_by_what_people_chose():
    right, wrong = [{"code": "a"}], [{"code": "b"}]
    rows = (
        [("a", wrong, ["a", "b"])] * 12
        + [("a", right, ["b", "a"])] * 2
        + [("a", right, ["a"])] * 26
    )
    found = comparing.judge(rows)
    assert (found.serving_first.right, found.rival_first.right) == (28, 38)
    assert (found.only_serving, found.only_rival) == (2, 12)
    assert found.chance == pytest.approx(0.0129, abs=1e-3)
    assert "更好" in found.verdict
    assert found.serving_first.interval[0] < 70 < found.serving_first.interval[1]
    assert "不足" in comparing.judge(rows[:5]).verdict


def test_drift_is_told_to_the_keepers_once_a_week(cast, keepers):
    serving(cast)
    model = TextModel.objects.get()
    assert comparing.drift_of(model) == []
    first = demand(cast)
    outbox.drain()
    Reading.objects.all().delete()
    cases = [first.pk]
    for number in range(59):
        made = register_demand(
            cast.acceptor, tenant=cast.tenant, intake=intake(source_key=f"d{number}")
        )
        cases.append(made.case.pk)
    now = comparing.clock.now()
    Reading.objects.bulk_create(
        Reading(case_id=pk, read_at=now, version=1, offers=[{"code": "env.noise"}], known=0.01)
        for pk in cases
    )
    assert {one.kind for one in comparing.drift_of(model)} == {"share", "unknown", "agreement"}
    assert keeping.watch_drift() == 3
    assert keeping.watch_drift() == 3
    assert Notice.objects.filter(recipient=keepers[0], kind="text_model").count() == 3


def test_the_desk_is_told_which_class_may_be_filled_in(cast, client):
    serving(cast)
    client.force_login(cast.acceptor)
    page = client.post(reverse("hotline:desk-hints"), {"text": SURE}).content.decode()
    assert "data-fills" in page
    assert "井盖问题" in page
