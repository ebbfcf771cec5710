import json
import time

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from apps.common import outbox
from apps.notices import services
from apps.notices.models import Notice
from apps.notices.routing import websocket_urlpatterns
from tests.notices.factories import UserFactory, tell

pytestmark = pytest.mark.django_db(transaction=True)


class Page(ApplicationCommunicator):
    """An open page of a user: the browser's end of the line."""

    def __init__(self, user) -> None:
        scope = {"type": "websocket", "path": "/ws/notices/", "headers": [], "user": user}
        super().__init__(URLRouter(websocket_urlpatterns), scope)

    async def connect(self) -> dict:
        await self.send_input({"type": "websocket.connect"})
        return await self.receive_output(3)

    async def hear(self) -> dict:
        return json.loads((await self.receive_output(3))["text"])

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(3)


def test_stranger_is_refused():
    async def talk():
        page = Page(AnonymousUser())
        answer = await page.connect()
        await page.leave()
        return answer

    answer = async_to_sync(talk)()
    assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


def test_notice_arrives_on_every_open_page_of_its_reader_and_on_no_other():
    clerk, other = UserFactory(), UserFactory()

    def tell_and_push():
        tell(clerk)
        outbox.drain()

    async def talk():
        pages = [Page(clerk), Page(clerk), Page(other)]
        for page in pages:
            assert (await page.connect())["type"] == "websocket.accept"
            assert await page.hear() == {"type": "unread", "unread": 0}
        await database_sync_to_async(tell_and_push)()
        heard = [await page.hear() for page in pages[:2]]
        assert await pages[2].receive_nothing(0.2)
        assert await pages[0].receive_nothing(0.2)
        for page in pages:
            await page.leave()
        return heard

    heard = async_to_sync(talk)()
    notice = Notice.objects.get()
    told = {
        "type": "notice",
        "id": notice.pk,
        "kind": "task",
        "title": "您有新的工单",
        "url": "/cases/1/",
        "unread": 1,
    }
    assert heard == [told, told]


def test_page_that_was_away_hears_the_number_on_coming_back():
    clerk = UserFactory()
    tell(clerk)
    outbox.drain()

    async def talk():
        page = Page(clerk)
        await page.connect()
        first = await page.hear()
        await page.leave()
        return first

    assert async_to_sync(talk)() == {"type": "unread", "unread": 1}


def test_an_open_page_hears_that_something_it_shows_has_changed():
    user = UserFactory()

    async def talk():
        page = Page(user)
        await page.connect()
        await page.hear()
        await database_sync_to_async(services.tell_pages)([user.pk], topic="call", data={"call": 7})
        heard = await page.hear()
        await page.leave()
        return heard

    assert async_to_sync(talk)() == {"type": "page", "topic": "call", "data": {"call": 7}}


def test_changes_of_one_second_are_told_at_once_and_again_at_its_end():
    clerk = UserFactory()

    def change():
        services.tell_pages_of_bursts([clerk.pk], topic="pump", key="7")

    async def talk():
        page = Page(clerk)
        await page.connect()
        await page.hear()
        heard = []
        for count in (1, 3):
            for _turn in range(count):
                await database_sync_to_async(change)()
            begun = time.monotonic()
            heard.append((await page.hear(), time.monotonic() - begun))
        nothing = await page.receive_nothing(timeout=1.5)
        await page.leave()
        return heard, nothing

    ((first, at_once), (last, later)), nothing = async_to_sync(talk)()
    assert first == last == {"type": "page", "topic": "pump", "data": {}}
    assert at_once < 0.5 < later < 2
    assert nothing
