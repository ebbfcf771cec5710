"""Tiles for somebody who was looked at a moment ago."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.memory import Memory
from apps.onemap.tiles.plans import RIGHTS
from apps.onemap.tiles.views import answer_tile

_TILE = re.compile(r"/map/tiles/([-a-zA-Z0-9_]+)/(\d+)/(\d+)/(\d+)\.mvt")
_WELL = {200, 204, 304}

_lookers: Memory[User] = Memory(of=RIGHTS, ended_by=("sessions.Session",))


class TileMiddleware:
    """Will answer the tiles a session asks for in the two seconds after one went the whole way.

    A map asks for forty at once, and near the ground finding out who asks costs more than
    drawing. By the same rights as ever (``plan_for``), which are as old at most. Whatever is
    not answered well, and all that is no tile, goes the whole way. A session that ends in this
    process ends here at once, in another one two seconds later at the latest. Stands before
    the sessions' reader and after what gives every answer its headers. Source: GE-04.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = _TILE.fullmatch(request.path) if request.method == "GET" else None
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        if asked is None or not key:
            return self.get_response(request)
        looker = _lookers.known(key)
        answer = _answered(request, looker, asked.groups()) if looker is not None else None
        if answer is not None:
            return answer
        answer = self.get_response(request)
        if answer.status_code in _WELL:
            _remember(key, request.user)
        return answer


def _remember(key: str, viewer: User | AnonymousUser) -> None:
    if isinstance(viewer, User):
        _lookers.get(key, lambda: viewer)


def _answered(request: HttpRequest, looker: User, asked: tuple[str, ...]) -> HttpResponse | None:
    try:
        answer = answer_tile(request, looker, *asked)
    except DomainError:
        return None
    patch_vary_headers(answer, ["Cookie"])
    answer["Content-Length"] = str(len(answer.content))
    return answer
