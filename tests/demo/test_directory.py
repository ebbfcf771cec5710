"""The simulated system of documents takes people by SCIM."""

import pytest
from django.test import Client

from apps.demo import directory
from apps.demo.models import RemoteAccount

pytestmark = pytest.mark.django_db
USERS = "/demo/directory/Users"
BODY = {"userName": "zhang3", "displayName": "张三", "active": True}


@pytest.fixture
def caller(settings) -> Client:
    settings.DEMO = True
    return Client(headers={"Authorization": f"Bearer {directory.token()}"})


def test_a_person_is_made_found_and_changed(caller):
    made = caller.post(USERS, BODY, content_type="application/scim+json")
    assert made.status_code == 201
    found = caller.get(USERS, {"filter": 'userName eq "zhang3"'}).json()
    assert [one["id"] for one in found["Resources"]] == [made.json()["id"]]
    address = f"{USERS}/{made.json()['id']}"
    off = caller.put(address, BODY | {"active": False}, content_type="application/scim+json")
    assert off.status_code == 200
    assert RemoteAccount.objects.get().is_active is False


def test_a_taken_name_and_an_absent_person_are_told_apart(caller):
    caller.post(USERS, BODY, content_type="application/json")
    assert caller.post(USERS, BODY, content_type="application/json").status_code == 409
    assert caller.put(f"{USERS}/999", BODY, content_type="application/json").status_code == 404


def test_who_has_no_token_gets_nothing(settings):
    settings.DEMO = True
    assert Client().get(USERS).status_code == 401
    settings.DEMO = False
    assert Client().get(USERS).status_code == 404


def test_what_is_no_object_is_refused(caller):
    assert caller.post(USERS, "[1", content_type="application/json").status_code == 400
