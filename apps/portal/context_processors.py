"""What every page shows around its content, computed only when a template asks for it."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.selectors import post_label_of
from apps.common import standby
from apps.notices.selectors import bell_count
from apps.portal import menu


class Shell:
    """The frame of one page for one viewer; each part is asked for at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        user = getattr(request, "user", None)  # an error page may come before sign-on is known
        self._viewer = user if isinstance(user, User) else None

    @property
    def demo(self) -> bool:
        return bool(settings.DEMO)

    @property
    def is_read_only(self) -> bool:
        return standby.is_read_only()

    @property
    def is_queueing(self) -> bool:
        return standby.is_queueing()

    @cached_property
    def menu(self) -> list[menu.ShownGroup]:
        return menu.build_menu(self._request, self._viewer) if self._viewer else []

    @property
    def query(self) -> str:
        """What was searched for, so that the search box keeps it."""
        is_search = self._request.path == menu.resolve("portal:search")
        return self._request.GET.get("q", "") if is_search else ""

    @property
    def ws_url(self) -> str:
        """The address of the viewer's notices: the same host, or another port of it."""
        if self._viewer is None:
            return ""
        host = self._request.get_host()
        if settings.WS_PORT:
            name = host if host.endswith("]") else host.rsplit(":", 1)[0]
            host = f"{name}:{settings.WS_PORT}"
        scheme = "wss" if self._request.is_secure() else "ws"
        return f"{scheme}://{host}/ws/notices/"

    @cached_property
    def post(self) -> str:
        """The post held today, main one first: 市应急局 · 值班长."""
        return post_label_of(self._viewer) if self._viewer else ""

    @property
    def notices_url(self) -> str:
        return menu.resolve("notices:notice-list")

    @property
    def bell_url(self) -> str:
        return menu.resolve("notices:bell")

    @cached_property
    def unread(self) -> int:
        return bell_count(self._viewer) if self._viewer else 0

    @property
    def profile_url(self) -> str:
        return menu.resolve("accounts:profile")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Will give the templates ``shell``; nothing is read from the database yet."""
    return {"shell": Shell(request)}
