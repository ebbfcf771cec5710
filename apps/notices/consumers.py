"""The live line to a person's open pages."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from apps.notices import selectors, services

NOT_SIGNED_IN = 4401


class NoticeConsumer(AsyncJsonWebsocketConsumer):
    """Says how many are unread on connecting, then each new notice as it comes.

    Sends ``{"type": "unread", "unread"}`` (see ``bell_counts``) and
    ``{"type": "notice", "id", "kind", "title", "url", "unread"}``, and
    ``{"type": "page", "topic", "data"}`` when something a page shows has changed
    (``services.tell_pages``); listens to nothing.
    """

    async def connect(self) -> None:
        user = self.scope.get("user")
        self.group = ""
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_SIGNED_IN)
            return
        self.group = services.user_group(user.pk)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        unread = await database_sync_to_async(selectors.bell_count)(user)
        await self.send_json({"type": "unread", "unread": unread})

    async def disconnect(self, code: int) -> None:
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Pages have nothing to say on this line."""

    async def notice_push(self, event: dict[str, Any]) -> None:
        told = {name: event[name] for name in ("id", "kind", "title", "url", "unread")}
        await self.send_json({"type": "notice", **told})

    async def page_changed(self, event: dict[str, Any]) -> None:
        await self.send_json({"type": "page", "topic": event["topic"], "data": event["data"]})
