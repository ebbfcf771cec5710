"""Other systems learn who works here. Source: AC-13; RFC 7644."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.personnel.scim.patches import read_person
from apps.signon import services
from apps.signon.enums import DeliveryState
from apps.signon.models import PushedPerson, PushTarget
from apps.signon.scim import body_of
from apps.signon.services.pushing import compare
from tests.accounts.factories import make_person
from tests.cast import Cast
from tests.signon.directory import TOKEN, Directory, taking
from tests.signon.factories import Registered, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(settings: Any) -> Iterator[Directory]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with taking() as found:
        yield found


@pytest.fixture
def keeper(cast: Cast) -> User:
    return make_person("signon.manage_applications", organization=cast.center)


@pytest.fixture
def guard(cast: Cast) -> User:
    return make_person("accounts.manage_roles", organization=cast.center)


@pytest.fixture
def told(cast: Cast, key: Any, other: Directory, keeper: User, guard: User) -> Registered:
    """An application of the eastern works whose push two people have switched on."""
    app = register(cast.east_works, scopes=["openid", "profile", "organization"])
    app.row.units.set([cast.east_works])
    services.set_push(keeper, application_id=app.row.pk, base_url=other.url, token=TOKEN)
    held = services.ask_to_push(keeper, application_id=app.row.pk, reason="公文系统上线")
    approvals.approve_change(guard, change_id=held.pk, digest=held.digest)
    return app


def rename(user: User) -> None:
    accounts.update_user(
        SYSTEM,
        user=user,
        full_name="王改名",
        phone=user.phone,
        email=user.email,
        employee_number=user.employee_number,
    )


def target() -> PushTarget:
    return PushTarget.objects.get()


def test_nothing_leaves_before_a_second_person_agrees(cast, key, other, keeper, guard):
    app = register(cast.east_works)
    services.set_push(keeper, application_id=app.row.pk, base_url=other.url, token=TOKEN)
    services.ask_to_push(keeper, application_id=app.row.pk, reason="公文系统上线")
    rename(cast.handler)
    outbox.drain()
    assert other.calls == []
    assert HeldChange.objects.get().subject_type == "signon.push"


def test_those_it_is_meant_for_are_known_before_they_sign_on(told, cast, other):
    outbox.drain()
    known = {body["userName"]: body for body in other.people.values()}
    assert cast.handler.username in known
    assert cast.handler_west.username not in known
    body = known[cast.handler.username]
    assert (body["active"], body["externalId"]) == (True, str(cast.handler.pk))
    assert "phoneNumbers" not in body  # the application has no scope for it
    assert TOKEN not in target().sealed_token


def test_a_new_name_arrives_once(told, cast, other):
    outbox.drain()
    other.calls.clear()
    rename(cast.handler)
    outbox.drain()
    assert other.of(cast.handler.username)["displayName"] == "王改名"
    assert [method for method, _path in other.calls] == ["PUT"]


def test_whoever_leaves_is_switched_off_and_never_deleted(told, cast, other):
    outbox.drain()
    accounts.deactivate_user(SYSTEM, user=cast.handler)
    outbox.drain()
    assert other.of(cast.handler.username)["active"] is False
    assert "DELETE" not in {method for method, _path in other.calls}


def test_a_post_that_ended_by_its_date_is_found_at_night(told, cast, other):
    outbox.drain()
    tomorrow = clock.now() + timedelta(days=2)
    cast.handler.appointments.update(to_on=clock.today() + timedelta(days=1))
    with clock.at(tomorrow):
        assert services.push_nightly() == 1
        outbox.drain()
    assert other.of(cast.handler.username)["active"] is False


def test_a_person_known_over_there_is_taken_over_not_doubled(told, cast, other):
    other.people["77"] = {"userName": cast.handler.username, "active": True}
    outbox.drain()
    assert other.people["77"]["displayName"] == cast.handler.full_name
    names = [body["userName"] for body in other.people.values()]
    assert names.count(cast.handler.username) == 1


def test_a_person_deleted_over_there_is_made_again(told, cast, other):
    outbox.drain()
    other.people.clear()
    rename(cast.handler)
    outbox.drain()
    with clock.at(clock.now() + timedelta(minutes=1)):
        outbox.drain()
    assert other.of(cast.handler.username)["displayName"] == "王改名"


def test_a_failure_is_tried_again_and_a_refusal_is_not(told, cast, other):
    outbox.drain()
    other.statuses = [500]
    rename(cast.handler)
    outbox.drain()
    person = PushedPerson.objects.get(user=cast.handler)
    assert (person.state, person.last_status) == (DeliveryState.FAILED, 500)
    other.statuses = [400]
    with clock.at(clock.now() + timedelta(minutes=1)):
        outbox.drain()
    person.refresh_from_db()
    assert person.state == DeliveryState.DEAD


def test_what_was_given_up_is_sent_again_by_hand(told, cast, other, keeper):
    outbox.drain()
    other.statuses = [400]
    rename(cast.handler)
    outbox.drain()
    person = PushedPerson.objects.get(user=cast.handler)
    services.retry_person(keeper, application_id=told.row.pk, person_id=person.pk)
    outbox.drain()
    assert other.of(cast.handler.username)["displayName"] == "王改名"
    with pytest.raises(Refused):
        services.retry_person(keeper, application_id=told.row.pk, person_id=person.pk)


def test_a_comparison_that_switches_off_many_stops_and_asks(told, cast, other, keeper):
    for number in range(8):
        make_person(organization=cast.east_works, username=f"many-{number}")
    services.push_all(keeper, application_id=told.row.pk)
    outbox.drain()
    told.row.units.set([cast.west_works])
    other.calls.clear()
    assert services.push_nightly() == 0
    outbox.drain()
    assert other.calls == []
    assert target().held_back > 5
    assert AuditEntry.objects.filter(action="push.held_back").exists()
    services.push_all(keeper, application_id=told.row.pk, accept_off=True)
    outbox.drain()
    assert other.of("many-1")["active"] is False
    assert target().held_back is None


def test_another_address_stops_until_it_is_approved_too(told, cast, other, keeper):
    outbox.drain()
    services.set_push(keeper, application_id=told.row.pk, base_url=f"{other.url}/2", token="")
    assert target().is_on is False
    assert PushedPerson.objects.count() == 0


def test_an_address_nobody_listed_is_refused_at_its_field(cast, key, keeper, settings):
    settings.OUTGOING_HOSTS = []
    app = register(cast.east_works)
    with pytest.raises(InvalidInput) as refusal:
        services.set_push(
            keeper, application_id=app.row.pk, base_url="http://127.0.0.1:9/x", token="t"
        )
    assert refusal.value.field == "base_url"


def test_the_neighbours_keeper_has_no_say(told, other):
    from tests.accounts.factories import OrganizationFactory

    stranger = make_person("signon.manage_applications", organization=OrganizationFactory())
    with pytest.raises(NotAllowed):
        services.stop_push(stranger, application_id=told.row.pk)


def test_stopped_is_stopped(told, cast, other, keeper):
    outbox.drain()
    services.stop_push(keeper, application_id=told.row.pk)
    other.calls.clear()
    rename(cast.handler)
    outbox.drain()
    assert other.calls == []


def test_a_city_of_ours_reads_what_we_send(told, cast):
    cast.handler.phone, cast.handler.email = "13800000000", "w@example.cn"
    told.row.scopes = ["openid", "profile", "phone", "email", "organization"]
    read = read_person(body_of(cast.handler, told.row, is_active=False))
    assert (read.username, read.full_name) == (cast.handler.username, cast.handler.full_name)
    assert (read.phone, read.email, read.is_active) == ("13800000000", "w@example.cn", False)
    assert read.employee_number == str(cast.handler.pk)


def test_comparing_reads_only(told, cast, other):
    outbox.drain()
    before = list(PushedPerson.objects.values())
    found = compare(target())
    assert (found.new, found.changed, found.off) == ([], [], [])
    assert list(PushedPerson.objects.values()) == before


def test_the_page_shows_how_it_stands(told, cast, other, keeper):
    outbox.drain()
    client = Client()
    client.force_login(keeper)
    page = client.get(f"/signon/applications/{told.row.pk}/push/?compare=1").content.decode()
    assert cast.handler.display_name in page
    assert "推送中" in page
    assert TOKEN not in page
    empty = client.get(f"/signon/applications/{told.row.pk}/push/?q=没有此人").content.decode()
    assert "没有符合条件的人员" in empty
