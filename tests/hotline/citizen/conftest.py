"""What the tests of the citizens' pages begin with."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from apps.hotline.citizen import tokens
from apps.matters.models import Case
from apps.matters.services import perform
from tests.cast import Cast
from tests.matters import factories

PHONE = "13812345678"


@pytest.fixture(autouse=True)
def no_waiting(settings: Any, live: str) -> None:
    """A test fills in a form in no time; counters begin at nothing."""
    settings.CITIZEN_MIN_FILL_SECONDS = 0


def filled(**changes: Any) -> dict[str, Any]:
    """Will give a form as a browser posts it, ready to be sent."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "token": tokens.new_form(),
        "step": "send",
        "text": "和平路十二号门前的井盖松动，汽车经过声音很大。",
        "address": "和平路12号",
        "lon": str(lon),
        "lat": str(lat),
        "reporter_phone": PHONE,
        "reporter_name": "张三丰",
        "wants_callback": "on",
    }
    return {k: v for k, v in (values | changes).items() if v is not None}


def send(client: Client, **changes: Any) -> Case:
    """Will send a report and give its case."""
    response = client.post("/citizen/report/", filled(**changes))
    assert response.status_code == 302, response.content.decode()
    return Case.objects.order_by("-id").first()  # type: ignore[return-value]


def picture(name: str = "p.jpg", colour: str = "red") -> io.BytesIO:
    """Will give a small JPEG as an upload."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    content.seek(0)
    content.name = name
    return content


def close(cast: Cast, case: Case) -> Case:
    """Will lead a reported case to its end as the staff would."""
    for actor, action, data in (
        (cast.acceptor, "accept", factories.ACCEPT),
        (cast.dispatcher, "dispatch", factories.dispatch_data(cast)),
        (cast.handler, "sign", {}),
        (cast.handler, "feed_back", factories.feed_back_data()),
        (cast.callback, "call_back", factories.CALL_BACK),
    ):
        case = perform(actor, case_id=case.pk, action=action, data=data).case
    return case
