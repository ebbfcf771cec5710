"""The city's own fields at the desk and on the citizen's phone (CO-03)."""

import uuid

import pytest
from django.test import Client

from apps.matters.models import Case
from tests.cast import Cast
from tests.hotline.citizen.conftest import filled
from tests.matters.test_forms import FORM, publish_form

pytestmark = pytest.mark.django_db
OWN = {"form-kind": "rain", "form-depth_cm": "12", "form-owner_phone": "13812345678"}


@pytest.fixture(autouse=True)
def fields(cast: Cast, settings: object) -> None:
    settings.CITIZEN_MIN_FILL_SECONDS = 0  # type: ignore[attr-defined]
    publish_form("hotline.demand", FORM)


def test_the_phone_asks_reviews_and_sends_them(client: Client, cast: Cast) -> None:
    assert "井盖类型" in client.get("/citizen/report/").content.decode()
    refused = client.post("/citizen/report/", filled(**OWN | {"form-depth_cm": "999"}))
    assert refused.status_code == 422
    review = client.post("/citizen/report/", filled(step="review", **OWN)).content.decode()
    assert "雨水井" in review
    assert 'name="form-depth_cm" value="12"' in review
    assert client.post("/citizen/report/", filled(**OWN)).status_code == 302
    assert Case.objects.get().form_data["depth_cm"] == 12


def test_the_desk_asks_for_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.acceptor)
    assert "井盖类型" in client.get("/hotline/desk/?new=1").content.decode()
    data = {
        "token": str(uuid.uuid4()),
        "channel": "phone",
        "text": "路口井盖下沉",
        "nature": "help",
        "priority": "normal",
    }
    refused = client.post("/hotline/desk/", data)
    assert refused.status_code == 422
    assert "请填写“井盖类型”" in refused.content.decode()
    assert client.post("/hotline/desk/", data | OWN).status_code == 302
    assert Case.objects.get().form_data["owner_phone"] == "13812345678"
