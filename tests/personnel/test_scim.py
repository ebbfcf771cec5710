"""The directory's door: every form of "switched off" ends somebody's access (AC-13)."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organization, User
from apps.accounts.services import deactivate_user
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.memory import forget_all
from apps.gateway.models import ApiClient
from apps.gateway.services.keys import make_key
from apps.personnel.models import DirectorySnapshot, Leaving
from apps.personnel.services import directory
from tests.accounts.factories import UserFactory

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture
def program(center: Organization) -> ApiClient:
    account = UserFactory(tenant=center.tenant, full_name="人事系统账号")
    return ApiClient.objects.create(
        name="市人事系统",
        tenant=center.tenant,
        service_user=account,
        scopes=["people.provision"],
        created_at=clock.now(),
    )


@pytest.fixture
def bearer(program: ApiClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_key(program, by_name='测试')}"}


@pytest.fixture
def call(bearer: dict[str, str]) -> Any:
    client = Client(headers=bearer)

    def ask(method: str, path: str, body: Any = None, **headers: str) -> Any:
        return client.generic(
            method, f"/scim/v2/{path}", json.dumps(body) if body is not None else "",
            content_type="application/scim+json", headers=headers,
        )  # fmt: skip

    return ask


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"Operations": list(operations)}


OFF = [
    {"op": "replace", "path": "active", "value": False},
    {"op": "Replace", "path": "active", "value": "False"},
    {"op": "replace", "path": "active", "value": "false"},
    {"op": "replace", "path": "active", "value": [{"value": "False"}]},
    {"op": "replace", "path": "active", "value": {"value": False}},
    {"op": "replace", "path": f"{CORE}:active", "value": False},
    {"op": "replace", "path": 'active[value eq "true"]', "value": False},
    {"op": "replace", "value": {"active": False}},
    {"op": "add", "value": {"active": "False"}},
    {"op": "replace", "value": {f"{CORE}:active": False}},
    {"op": "replace", "value": {CORE: {"active": "False"}}},
]


@pytest.mark.parametrize("operation", OFF)
def test_every_form_of_switched_off_ends_access(
    call: Any, worker: User, operation: dict[str, Any]
) -> None:
    answer = call("PATCH", f"Users/{worker.pk}", patch(operation))
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert Leaving.objects.get(person=worker).ended_at is not None
    worker.refresh_from_db()
    assert not worker.is_active


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": "off?"},
        {"op": "replace", "path": "active", "value": None},
        {"op": "remove", "path": "active"},
        {"op": "replace", "path": "aktive", "value": False},
        {"op": "replace", "value": {"aktive": False}},
        {"op": "switch", "path": "active", "value": False},
        {"op": "replace", "path": "active..x", "value": False},
        "no object",
    ],
)
def test_what_is_not_understood_is_refused_and_changes_nothing(
    call: Any, worker: User, operation: Any
) -> None:
    first = {"op": "replace", "path": "displayName", "value": "改名"}
    answer = call("PATCH", f"Users/{worker.pk}", patch(first, operation))
    assert answer.status_code == 400
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    worker.refresh_from_db()
    assert (worker.is_active, worker.full_name) == (True, "王强")


def test_only_what_the_directory_closed_does_it_open_again(
    call: Any, program: ApiClient, worker: User, colleague: User
) -> None:
    on = patch({"op": "replace", "path": "active", "value": True})
    call("DELETE", f"Users/{worker.pk}")
    assert call("PATCH", f"Users/{worker.pk}", on).json()["active"] is True
    deactivate_user(SYSTEM, user=colleague, reason="涉嫌泄密")
    assert call("PATCH", f"Users/{colleague.pk}", on).status_code == 409
    UserFactory.create_batch(40, tenant=program.tenant)
    rows = everybody(program)
    answer = call("POST", "Snapshot", {"expected": len(rows), "Resources": rows})
    assert answer.json()["state"] == "applied"
    colleague.refresh_from_db()
    assert not colleague.is_active


def test_delete_means_leaving_and_nobody_vanishes(call: Any, worker: User) -> None:
    assert call("DELETE", f"Users/{worker.pk}").status_code == 204
    assert call("GET", f"Users/{worker.pk}").json()["active"] is False


def test_put_in_read_changed_and_found(call: Any, program: ApiClient) -> None:
    body = {
        "userName": "newbie", "name": {"familyName": "赵", "givenName": "新"}, "externalId": "A7",
        "emails": [{"value": "a@b.cn"}, {"value": "c@d.cn", "primary": True}], "title": "科员",
    }  # fmt: skip
    answer = call("POST", "Users", body)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(made["id"])
    assert (made["displayName"], made["emails"][0]["value"]) == ("赵新", "c@d.cn")
    person = User.objects.get(pk=made["id"])
    assert (person.tenant, person.get_all_permissions()) == (program.tenant, set())

    assert call("POST", "Users", body).status_code == 409
    for text, count in (
        ('userName eq "NEWBIE"', 1),
        ('externalId eq "A7" and active eq true', 1),
        ('userName eq "nobody"', 0),
    ):
        found = call("GET", f"Users?filter={text}").json()
        assert found["totalResults"] == count
    assert call("GET", 'Users?filter=userName co "n"').status_code == 400
    assert call("GET", "Users?filter=userName").status_code == 400

    etag = answer.headers["ETag"]
    renamed = body | {"displayName": "赵新新", "name": {"formatted": "赵新新"}}
    assert call("PUT", f"Users/{person.pk}", renamed, **{"If-Match": etag}).status_code == 200
    assert call("PUT", f"Users/{person.pk}", body, **{"If-Match": etag}).status_code == 412
    again = call("GET", f"Users/{person.pk}")
    assert call("GET", f"Users/{person.pk}", **{"If-None-Match": again["ETag"]}).status_code == 304


def test_pages_of_people(call: Any, worker: User, colleague: User, head: User) -> None:
    first = call("GET", "Users?startIndex=1&count=2").json()
    second = call("GET", "Users?startIndex=3&count=2").json()
    assert (first["totalResults"], first["itemsPerPage"]) == (3, 2)
    names = {row["userName"] for row in first["Resources"] + second["Resources"]}
    assert names == {worker.username, colleague.username, head.username}


def test_only_the_own_body_and_only_with_the_scope(
    call: Any, program: ApiClient, stranger: User, worker: User
) -> None:
    assert call("GET", f"Users/{stranger.pk}").status_code == 404
    off = patch({"op": "replace", "path": "active", "value": False})
    assert call("PATCH", f"Users/{stranger.pk}", off).status_code == 404
    assert call("GET", f"Users/{program.service_user_id}").status_code == 404
    assert Client().get("/scim/v2/Users").status_code == 401
    signed_in = Client()
    signed_in.force_login(worker)
    assert signed_in.get("/scim/v2/Users").status_code in (401, 403)
    ApiClient.objects.filter(pk=program.pk).update(scopes=["cases.report"])
    forget_all()
    assert call("GET", "Users").status_code == 403


def test_members_come_and_go_but_not_on_sensitive_posts(
    call: Any, worker: User, guard: User, office: Organization
) -> None:
    person = UserFactory(tenant=office.tenant, full_name="新人")
    post = worker.appointments.get().post
    add = {"op": "add", "path": "members", "value": [{"value": str(person.pk)}]}
    assert call("PATCH", f"Groups/{post.pk}", patch(add)).status_code == 200
    assert User.objects.get(pk=person.pk).has_perm("matters.handle_case")
    take = {"op": "remove", "path": f'members[value eq "{person.pk}"]'}
    members = call("PATCH", f"Groups/{post.pk}", patch(take)).json()["members"]
    assert [one["value"] for one in members] == [str(worker.pk)]
    sharp = guard.appointments.get().post
    assert call("PATCH", f"Groups/{sharp.pk}", patch(add)).status_code == 403
    assert call("DELETE", f"Groups/{post.pk}").status_code == 403


def test_the_server_says_what_it_can(call: Any) -> None:
    about = call("GET", "ServiceProviderConfig").json()
    assert about["patch"]["supported"]
    assert about["etag"]["supported"]
    assert {row["id"] for row in call("GET", "ResourceTypes").json()["Resources"]} == {
        "User", "Group"
    }  # fmt: skip
    assert call("GET", f"Schemas/{CORE}").json()["name"] == "User"


def test_every_request_is_in_the_log(call: Any, worker: User) -> None:
    call("GET", f"Users/{worker.pk}")
    call("GET", "Users/999999999")
    Client().get("/scim/v2/Users")
    found = AuditEntry.objects.filter(object_type="personnel.scim").order_by("id")
    assert [(e.action, e.data["status"]) for e in found] == [
        ("scim.asked", 200), ("scim.refused", 404), ("scim.refused", 401)
    ]  # fmt: skip
    assert "市人事系统" in found[0].actor_name


def test_a_broken_body_is_refused(bearer: dict[str, str]) -> None:
    client = Client(headers=bearer)
    half = '{"expected": 3, "Resources": [{"userName": "a", "displayN'
    answer = client.post("/scim/v2/Snapshot", half, content_type="application/scim+json")
    assert answer.status_code == 400
    assert not DirectorySnapshot.objects.exists()


# --- A full list --------------------------------------------------------------------------


def everybody(program: ApiClient) -> list[dict[str, Any]]:
    return [
        {
            "userName": user.username, "displayName": user.full_name, "active": True,
            "phoneNumbers": [{"value": user.phone}], "externalId": user.employee_number,
        }
        for user in directory.people_of(program.tenant)
    ]  # fmt: skip


def test_a_list_cut_short_or_empty_stops_and_changes_nothing(
    call: Any, program: ApiClient, worker: User, colleague: User, head: User, clerk: User
) -> None:
    whole = everybody(program)
    for body in (
        {"expected": len(whole), "Resources": whole[:2]},
        {"expected": 0, "Resources": []},
        {"Resources": whole},
        {"expected": len(whole), "Resources": [*whole[:-1], whole[0]]},
    ):
        answer = call("POST", "Snapshot", body)
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert User.objects.filter(is_active=False).count() == 0
    assert clerk.notices.filter(title__contains="名册").count() == 4


def test_too_many_changes_wait_for_a_person_who_applies_them(
    call: Any, program: ApiClient, clerk: User, stranger: User, worker: User, colleague: User
) -> None:
    rows = [row for row in everybody(program) if row["userName"] != worker.username]
    answer = call("POST", "Snapshot", {"expected": len(rows), "Resources": rows})
    assert answer.json()["counts"] == {"create": 0, "update": 0, "leave": 1}
    waiting = DirectorySnapshot.objects.get()
    with pytest.raises(Exception, match="没有找到"):
        directory.apply_snapshot(stranger, snapshot_id=waiting.pk)
    directory.apply_snapshot(clerk, snapshot_id=waiting.pk)
    worker.refresh_from_db()
    colleague.refresh_from_db()
    assert (worker.is_active, colleague.is_active) == (False, True)
    with pytest.raises(Exception, match="已处理"):
        directory.apply_snapshot(clerk, snapshot_id=waiting.pk)


def test_an_old_comparison_is_not_applied(
    call: Any, program: ApiClient, clerk: User, worker: User
) -> None:
    rows = [row for row in everybody(program) if row["userName"] != worker.username]
    call("POST", "Snapshot", {"expected": len(rows), "Resources": rows})
    UserFactory(tenant=program.tenant)
    with pytest.raises(Exception, match="已有变化"):
        directory.apply_snapshot(clerk, snapshot_id=DirectorySnapshot.objects.get().pk)


def test_few_changes_are_applied_at_once(call: Any, program: ApiClient, worker: User) -> None:
    UserFactory.create_batch(20, tenant=program.tenant)
    rows = [row for row in everybody(program) if row["userName"] != worker.username]
    answer = call("POST", "Snapshot", {"expected": len(rows), "Resources": rows})
    assert (answer.status_code, answer.json()["state"]) == (200, "applied")
    worker.refresh_from_db()
    assert not worker.is_active


@pytest.mark.django_db
def test_a_flood_of_strangers_does_not_fill_the_log(live: str) -> None:
    for _knock in range(15):
        assert Client().get("/scim/v2/Users").status_code == 401
    assert AuditEntry.objects.filter(object_type="personnel.scim").count() == 10


def test_an_empty_field_of_a_full_list_erases_nothing(
    call: Any, program: ApiClient, worker: User
) -> None:
    rows = [
        {"userName": r["userName"], "displayName": r["displayName"]} for r in everybody(program)
    ]
    answer = call("POST", "Snapshot", {"expected": len(rows), "Resources": rows})
    assert answer.json()["counts"] == {"create": 0, "update": 0, "leave": 0}
