from typing import Any

from django.urls import path

from apps.notices.consumers import NoticeConsumer

websocket_urlpatterns: list[Any] = [path("ws/notices/", NoticeConsumer.as_asgi())]
