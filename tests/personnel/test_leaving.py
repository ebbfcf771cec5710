"""Leaving ends everything at its time, by one writer, and proves it (AC-11)."""

from datetime import date, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from guardian.shortcuts import assign_perm

from apps.accounts.deputies.services import delegate
from apps.accounts.models import Organization, User
from apps.accounts.registry import Ending, endings
from apps.accounts.selectors import appointments_in_force
from apps.accounts.services import reactivate_user
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, Refused
from apps.gateway.models import ApiClient
from apps.notices.models import Notice
from apps.personnel.models import Leaving
from apps.personnel.services import leaving as service

HOUR = timedelta(hours=1)


def file(actor: Any, person: User, **changed: Any) -> Leaving:
    values = {"leaves_at": clock.now() - HOUR, "reason": "resigned"} | changed
    return service.file_leaving(actor, person=person, **values)


def key_of(person: User) -> ApiClient:
    return ApiClient.objects.create(
        name="脚本", tenant=person.tenant, service_user=person, created_at=clock.now()
    )


def test_a_past_time_ends_everything_at_once(
    clerk: User, worker: User, colleague: User, office: Organization
) -> None:
    client = Client()
    client.force_login(worker)
    UserSession.objects.create(
        user=worker, session_key=client.session.session_key, ip="10.0.0.1", user_agent="x"
    )
    delegate(worker, deputy=colleague, from_on=clock.today(), to_on=clock.today(), reason="休假")
    assign_perm("accounts.view_organization", worker, office)
    key = key_of(worker)

    leaving = file(clerk, worker)

    counts = dict(leaving.steps.values_list("code", "count"))
    assert leaving.ended_at is not None
    assert counts | {"accounts.sessions": 1} == counts
    assert counts["accounts.account"] == counts["accounts.posts"] == 1
    assert counts["accounts.delegations"] == counts["accounts.shares"] == 1
    assert counts["gateway.clients"] == 1
    assert client.get("/people/me/").status_code == 302
    assert not UserSession.objects.filter(user=worker).exists()
    worker.refresh_from_db()
    key.refresh_from_db()
    assert not worker.is_active
    assert key.revoked_at is not None
    assert not any(ending.count(worker) for ending in endings())


def test_whoever_is_switched_on_again_has_no_right(clerk: User, worker: User) -> None:
    file(clerk, worker)
    again = reactivate_user(SYSTEM, user=worker)
    assert not User.objects.get(pk=again.pk).has_perm("matters.handle_case")
    assert not appointments_in_force(again).exists()


def test_a_future_time_waits_for_its_hour(clerk: User, head: User, worker: User) -> None:
    leaves_at = clock.now() + timedelta(days=2)
    leaving = file(clerk, worker, leaves_at=leaves_at)
    assert service.carry_out_due() == 0
    assert User.objects.get(pk=worker.pk).has_perm("matters.handle_case")
    assert Notice.objects.filter(recipient=head, url=f"/personnel/leavings/{leaving.pk}/").exists()
    with clock.at(leaves_at):
        assert service.carry_out_due() == 1
        assert service.carry_out_due() == 0
    worker.refresh_from_db()
    assert not worker.is_active


def test_a_step_that_fails_holds_no_other_up_and_raises_the_alarm(
    clerk: User, guard: User, head: User, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(actor: Any, user: User) -> int:
        raise RuntimeError("the seal service is away")

    broken = Ending("seals", "印章", 90, break_down, lambda user: 1)
    monkeypatch.setattr(service, "endings", lambda: [broken, *endings()])
    leaving = file(clerk, worker)
    assert leaving.state == "planned"
    worker.refresh_from_db()
    assert not worker.is_active
    assert not Notice.objects.filter(recipient=guard).exists()

    with clock.at(leaving.leaves_at + timedelta(hours=24)):
        service.carry_out_due()
        service.carry_out_due()
    assert Notice.objects.filter(recipient=guard, title__startswith="告警").count() == 1
    assert Notice.objects.filter(recipient=head, title__startswith="告警").count() == 1

    monkeypatch.setattr(service, "endings", endings)
    service.carry_out(leaving.pk)
    leaving.refresh_from_db()
    assert leaving.ended_at is not None


def test_the_log_says_who_asked_and_the_seal_is_found(clerk: User, worker: User) -> None:
    leaving = file(clerk, worker)
    entry = AuditEntry.objects.get(pk=leaving.audit_id)
    assert entry.action == "leaving.access_ended"
    assert entry.data["filed_by"] == "钱人事"


@pytest.mark.parametrize(
    ("field", "value"), [("leaves_at", timedelta(days=-400)), ("reason", "bored")]
)
def test_bad_input_names_the_field(clerk: User, worker: User, field: str, value: Any) -> None:
    if field == "leaves_at":
        value = clock.now() + value
    with pytest.raises(InvalidInput) as refused:
        file(clerk, worker, **{field: value})
    assert refused.value.field == field


def test_neither_oneself_nor_twice_nor_a_neighbours(
    clerk: User, stranger: User, colleague: User, worker: User
) -> None:
    for actor in (stranger, colleague):
        with pytest.raises(NotAllowed):
            file(actor, worker)
    with pytest.raises(Refused):
        file(clerk, clerk)
    file(clerk, worker, leaves_at=clock.now() + HOUR)
    with pytest.raises(Refused):
        file(clerk, worker)


def test_it_is_taken_back_only_before_its_time(clerk: User, worker: User, colleague: User) -> None:
    planned = file(clerk, worker, leaves_at=clock.now() + HOUR)
    service.cancel_leaving(clerk, leaving_id=planned.pk, reason="挽留成功")
    with clock.at(clock.now() + 2 * HOUR):
        assert service.carry_out_due() == 0
    done = file(clerk, colleague)
    with pytest.raises(Refused):
        service.cancel_leaving(clerk, leaving_id=done.pk, reason="弄错了")


def test_the_head_of_the_unit_may_file_it(head: User, worker: User) -> None:
    assert file(head, worker).state == "settled"
    with pytest.raises(DomainError):
        file(head, head)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_carry_it_out_once(clerk: User, worker: User) -> None:
    from threading import Thread

    leaving = file(clerk, worker, leaves_at=clock.now() + HOUR)
    Leaving.objects.filter(pk=leaving.pk).update(leaves_at=clock.now() - HOUR)
    found: list[bool] = []

    def work() -> None:
        found.append(service.carry_out(leaving.pk))
        connection.close()

    threads = [Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, True]
    assert AuditEntry.objects.filter(action="user.deactivated").count() == 1


def test_the_last_day_is_kept_as_history(clerk: User, worker: User) -> None:
    file(clerk, worker)
    held = worker.appointments.get()
    assert (held.from_on, held.to_on) == (date(2020, 1, 1), clock.today())


def test_trouble_with_the_work_undoes_no_end_of_access(
    clerk: User, worker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(leaving: Leaving) -> int:
        raise RuntimeError("the engine is away")

    leaving = file(clerk, worker, leaves_at=clock.now() + HOUR)
    monkeypatch.setattr(service, "give_back", break_down)
    with clock.at(clock.now() + timedelta(days=3)):
        assert service.carry_out(leaving.pk)
    worker.refresh_from_db()
    leaving.refresh_from_db()
    assert (worker.is_active, leaving.state) == (False, "ended")
