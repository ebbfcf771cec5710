"""HL-06: pictures and voice the platform holds are fetched, judged, kept with message and case."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.common.files import open_stored
from apps.demo import platforms
from apps.matters.models import CaseAttachment
from apps.messaging.models import Message, MessageFile, MessageMedia
from apps.messaging.registry import IncomingMedia
from apps.messaging.services import fetch_media
from apps.messaging.services.forgetting import ConversationPeople
from tests.cast import Cast
from tests.hotline.citizen.conftest import picture
from tests.hotline.factories import demand
from tests.messaging.factories import OPENID, TOKEN, account, wechat_query, write

pytestmark = pytest.mark.django_db
ADDRESS = "/messages/in/wechat/wechat-main/"
VOICE = b"#!AMR\n" + bytes(range(200))


@pytest.fixture
def platform(cast: Cast, settings: Any, live: str) -> Iterator[platforms.Platform]:
    """The platform, and the account that is of it."""
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with platforms.platform() as (made, address):
        options = {"api_base": address, "app_id": platforms.APP_ID}
        secrets = {"token": TOKEN, "app_secret": platforms.APP_SECRET}
        account(cast, sender="wechat", options=options, secrets=secrets)
        yield made


def sent(kind: str, media_id: str, *, number: str) -> Message:
    """Will let the platform tell of a picture or a voice, as it does."""
    body = (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{OPENID}</FromUserName>"
        f"<CreateTime>{int(clock.now().timestamp())}</CreateTime><MsgType>{kind}</MsgType>"
        f"<MediaId>{media_id}</MediaId><MsgId>{number}</MsgId></xml>"
    )
    query = wechat_query(clock.now(), nonce=number)
    Client().post(ADDRESS, body, content_type="application/xml", query_params=query)
    return Message.objects.get(provider_id=number)


def told() -> list[str]:
    """Will give what citizens were told, oldest first."""
    return list(
        Message.objects.filter(direction="out").order_by("id").values_list("text", flat=True)
    )


def test_a_picture_and_a_voice_are_fetched_once_and_lie_with_their_message(
    platform: platforms.Platform,
) -> None:
    platform.media |= {"pic-1": picture().read(), "voice-1": VOICE}
    first = sent("image", "pic-1", number="1")
    second = sent("voice", "voice-1", number="2")
    assert fetch_media() == 2
    assert fetch_media() == 0
    kept = {one.message_id: one.file.media_type for one in MessageFile.objects.all()}
    assert kept == {first.pk: "image/jpeg", second.pk: "audio/amr"}
    assert b"Exif" not in open_stored(MessageFile.objects.get(message=first).file).read()
    assert set(MessageMedia.objects.values_list("state", flat=True)) == {"kept"}


def test_what_belongs_to_the_open_case_lies_with_the_case_too_with_an_entry(
    cast: Cast, platform: platforms.Platform
) -> None:
    platform.media["pic-1"] = picture().read()
    case = demand(cast)
    message = sent("image", "pic-1", number="1")
    Message.objects.filter(pk=message.pk).update(case=case)
    assert fetch_media() == 1
    MessageMedia.objects.update(state="waiting", next_at=clock.now())  # a worker died after it
    fetch_media()
    attached = CaseAttachment.objects.get(case=case)
    assert (attached.purpose, attached.name, attached.added_by_name) == ("report", "图片", "反映人")
    case.refresh_from_db()
    event = case.events.get(action="add_files")
    assert (case.attachment_count, event.data["files"]) == (1, ["图片"])


def test_hostile_and_lost_ones_are_refused_with_a_word_to_the_citizen(
    platform: platforms.Platform, settings: Any
) -> None:
    platform.media |= {"script": b"<html><script>alert(1)</script>", "bomb": b"x" * 300_000}
    settings.UPLOAD_MAX_BYTES = 200_000
    for number, media in enumerate(("script", "bomb", "gone"), 1):
        sent("image", media, number=str(number))
    assert fetch_media() == 0
    reasons = dict(MessageMedia.objects.values_list("media_id", "reason"))
    assert reasons == {"script": "kind", "bomb": "too_large", "gone": "gone"}
    said = [text for text in told() if "未能接收" in text]
    assert len(said) == 3
    assert "图片（不支持的文件类型）" in said[0]
    assert not MessageFile.objects.exists()
    assert fetch_media() == 0
    assert Message.objects.get(provider_id="1").refused == [{"name": "图片", "reason": "kind"}]


def test_a_platform_that_is_silent_is_asked_again_later_and_an_ended_token_at_once(
    platform: platforms.Platform, settings: Any
) -> None:
    platform.media["pic-1"] = picture().read()
    sent("image", "pic-1", number="1")
    settings.OUTGOING_HOSTS = []
    assert fetch_media() == 0
    media = MessageMedia.objects.get()
    assert (media.state, media.attempts, media.error) == ("waiting", 1, "address not listed")
    assert fetch_media() == 0
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with clock.at(clock.now() + timedelta(seconds=20)):
        platform.end_token()
        assert fetch_media() == 1
    assert told() == []


def test_forgetting_takes_what_was_not_fetched_along(cast: Cast, live: str) -> None:
    to = account(cast)
    found = write(to, "请看图片", media=(IncomingMedia("pic-9", "图片"),)).message
    again = write(to, "请看图片", provider_id=found.provider_id)
    assert (again.repeated, MessageMedia.objects.count()) == (True, 1)
    with clock.at(clock.now() + timedelta(days=400)):
        ConversationPeople().sweep(clock.now() - timedelta(days=30))
    assert not MessageMedia.objects.exists()
