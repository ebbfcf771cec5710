"""The protocol: each deed once, for itself, with an answer that stays."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.phone import deeds as kinds
from apps.phone.deeds.base import DeedKind, Outcome, Work, _kinds
from apps.phone.enums import DeedState
from apps.phone.models import Deed
from apps.phone.services import take_batch
from tests.cast import Cast, build_cast
from tests.phone.factories import Phone, deed, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    """A kind of deed that does what its values say, and the deeds it has seen."""
    seen: list[Work] = []

    def do(_user: Any, work: Work) -> Outcome:
        seen.append(work)
        match work.values.get("how"):
            case "invalid":
                raise InvalidInput("井深应为整数", field="depth")
            case "refused":
                raise Refused("任务已由他人完成")
            case "broken":
                raise RuntimeError("fault of ours")
            case "conflict":
                return Outcome(state=DeedState.CONFLICT, who="采集管理员", link="/registry/1/")
        return Outcome(number="SJ-1", link="/grid/1/")

    monkeypatch.setitem(_kinds, "trial", DeedKind("trial", "试办", do, form_version=lambda _w: 3))
    monkeypatch.setattr("apps.phone.services.marks.in_own_cells", lambda _user, _work: True)
    return seen


@pytest.fixture
def phone(cast: Cast) -> Phone:
    return Phone(cast.grid_worker)


def trial_deed(how: str = "", **changes: Any) -> dict[str, Any]:
    return deed("trial", values={"how": how}, **changes)


def test_a_deed_is_done_and_answered(phone: Phone, trial: list[Work]) -> None:
    (receipt,) = phone.send(trial_deed())
    assert (receipt["state"], receipt["number"], receipt["link"]) == ("done", "SJ-1", "/grid/1/")
    row = Deed.objects.get()
    assert (row.user, row.state, row.marks) == (phone.user, DeedState.DONE, [])
    assert AuditEntry.objects.filter(action="phone.deed_done", object_id=str(row.pk)).exists()


def test_the_same_key_gets_the_first_answer(phone: Phone, trial: list[Work]) -> None:
    sent = trial_deed()
    first, second = phone.send(sent, sent)
    assert second == {**first, "state": "repeated", "first": "done"}
    assert phone.send(sent)[0]["state"] == "repeated"
    assert len(trial) == 1


def test_the_same_key_with_another_content_is_refused(phone: Phone, trial: list[Work]) -> None:
    sent = trial_deed()
    phone.send(sent)
    (receipt,) = phone.send(sent | {"values": {"how": "", "more": "x"}})
    assert receipt["state"] == "refused"
    assert receipt["errors"][0]["field"] == "key"
    assert AuditEntry.objects.filter(action="phone.key_reused").exists()


def test_one_bad_deed_costs_the_others_nothing(phone: Phone, trial: list[Work]) -> None:
    sent = [trial_deed(), trial_deed("invalid"), trial_deed("broken"), trial_deed("refused")]
    states = [receipt["state"] for receipt in phone.send(*sent, trial_deed())]
    assert states == ["done", "refused", "later", "kept", "done"]


def test_a_refused_deed_names_the_field_and_may_come_mended(
    phone: Phone, trial: list[Work]
) -> None:
    sent = trial_deed("invalid")
    (receipt,) = phone.send(sent)
    assert receipt["errors"] == [{"field": "depth", "message": "井深应为整数"}]
    assert phone.send(sent | {"values": {"how": ""}})[0]["state"] == "done"


def test_what_cannot_be_mended_is_kept(phone: Phone, trial: list[Work]) -> None:
    (receipt,) = phone.send(trial_deed("refused"))
    assert receipt["message"] == "任务已由他人完成；内容已留存交网格长"
    assert Deed.objects.get().content["values"] == {"how": "refused"}


def test_a_conflict_says_who_settles(phone: Phone, trial: list[Work]) -> None:
    (receipt,) = phone.send(trial_deed("conflict"))
    assert (receipt["state"], receipt["who"]) == ("conflict", "采集管理员")


def test_a_fault_of_ours_is_kept_in_the_end(phone: Phone, trial: list[Work]) -> None:
    sent = trial_deed("broken")
    states = [phone.send(sent)[0]["state"] for _time in range(5)]
    assert states == ["later"] * 4 + ["kept"]


def test_a_deed_of_an_unknown_kind_stays_on_the_phone(phone: Phone) -> None:
    (receipt,) = phone.send(deed("teleport"))
    assert (receipt["state"], receipt["errors"][0]["field"]) == ("refused", "kind")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "7"}, "key"),
        ({"at": "gestern"}, "at"),
        ({"at": "2026-11-21T10:00:00"}, "at"),
        ({"at": None}, "at"),
        ({"place": "here"}, "place"),
        ({"place": {"lon": "120", "lat": 36}}, "place"),
        ({"place": {"lon": 181, "lat": 36}}, "place"),
        ({"place": {"lon": True, "lat": 36}}, "place"),
        ({"place": {"lon": 120, "lat": 36, "accuracy_m": -1}}, "place"),
        ({"files": ["abc"]}, "files"),
        ({"files": "abc"}, "files"),
        ({"values": ["text"]}, "values"),
        ({"values": {"text": "a\x00b"}}, "values"),
        ({"values": {"text": "\ud800"}}, "values"),
        ({"values": {"text": "  "}}, "text"),
        ({"values": {"text": "字" * 2001}}, "text"),
        ({"values": {"text": 7}}, "text"),
        ({"form_version": "2"}, "form_version"),
        ({"base_version": -1}, "base_version"),
        ({"kind": ""}, "kind"),
    ],
)
def test_a_malformed_deed_is_refused_by_field(
    phone: Phone, wrong: dict[str, Any], field: str
) -> None:
    (receipt,) = phone.send(deed() | wrong)
    assert (receipt["state"], receipt["errors"][0]["field"]) == ("refused", field)


def test_no_deed_at_all_is_refused(phone: Phone) -> None:
    assert [r["state"] for r in phone.send("x", 7, None)] == ["refused"] * 3


def marks(receipt: dict[str, Any]) -> list[str]:
    found: list[str] = receipt["marks"]
    return found


def test_a_deed_without_a_place_is_taken_and_marked(phone: Phone, trial: list[Work]) -> None:
    (receipt,) = phone.send(trial_deed(place=None))
    assert marks(receipt) == ["没有定位"]


def test_a_place_picked_by_hand_is_marked(phone: Phone, trial: list[Work]) -> None:
    (receipt,) = phone.send(trial_deed(place=place(picked=True, accuracy_m=None)))
    assert marks(receipt) == ["位置为手工选取"]


def test_nobody_moves_that_fast(phone: Phone, trial: list[Work]) -> None:
    now = clock.now()
    here = trial_deed(at=(now - timedelta(minutes=2)).isoformat())
    there = trial_deed(at=now.isoformat(), place=place(lon=120.6))
    assert [marks(r) for r in phone.send(here, there)] == [[], ["与上一位置相距过远"]]


def test_a_walk_is_not_marked(phone: Phone, trial: list[Work]) -> None:
    now = clock.now()
    here = trial_deed(at=(now - timedelta(minutes=10)).isoformat())
    there = trial_deed(at=now.isoformat(), place=place(lon=120.018))
    assert [marks(r) for r in phone.send(here, there)] == [[], []]


def test_an_older_form_is_taken_and_marked(phone: Phone, trial: list[Work]) -> None:
    assert marks(phone.send(trial_deed(form_version=2))[0]) == ["按旧版表单填写"]
    assert marks(phone.send(trial_deed(form_version=3))[0]) == []


def test_an_older_form_that_lacks_something_says_that_the_form_is_new(
    phone: Phone, trial: list[Work]
) -> None:
    (receipt,) = phone.send(trial_deed("invalid", form_version=2))
    assert receipt["errors"][0]["message"] == "表单已更新：井深应为整数"


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(hours=-5)])
def test_a_wrong_clock_is_put_right_and_marked(
    phone: Phone, trial: list[Work], ahead: timedelta
) -> None:
    now = clock.now()
    made = now - timedelta(hours=1)
    (receipt,) = phone.send(trial_deed(at=(made + ahead).isoformat()), sent_at=now + ahead)
    assert marks(receipt) == ["手机时钟不准，已按服务器时间校正"]
    assert abs((Deed.objects.get().at - made).total_seconds()) < 60


def test_no_deed_is_of_tomorrow(phone: Phone, trial: list[Work]) -> None:
    phone.send(trial_deed(at=(clock.now() + timedelta(days=1)).isoformat()))
    assert Deed.objects.get().at <= clock.now()


def test_too_many_at_once_are_refused_whole(phone: Phone) -> None:
    answer = phone.post(*[deed() for _ in range(51)])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Deed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_deed_sent_twice_at_once_is_done_once(trial: list[Work]) -> None:
    cast = build_cast()
    sent, states = trial_deed(), []
    ready = threading.Barrier(2)

    def post() -> None:
        try:
            ready.wait(timeout=30)
            states.extend(
                r["state"] for r in take_batch(cast.grid_worker, items=[sent], sent_at=clock.now())
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["done", "repeated"]
    assert len(trial) == 1


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="note"):
        kinds.register(DeedKind("note", "又一个", lambda _u, _w: Outcome()))


def test_a_key_belongs_to_one_worker(cast: Cast, trial: list[Work]) -> None:
    from tests.cast import _person

    other = _person("grid_two", "韩雪", "grid_worker", cast.west_works)
    sent = trial_deed(key=str(uuid4()))
    states = [Phone(user).send(sent)[0]["state"] for user in (cast.grid_worker, other)]
    assert states == ["done", "done"]
