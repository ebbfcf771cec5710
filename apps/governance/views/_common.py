"""What the pages of this app share: who looks, with which of the rights."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from apps.common.pages import tell

View = Callable[..., HttpResponseBase]


def number(text: str | None) -> int | None:
    """Will read a whole number of an address; None for anything else."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def move_version(
    request: HttpRequest, deed: str, *, submit: Callable[[], Any], decide: Callable[[bool], Any]
) -> None:
    """Will submit, approve or send back a version and say so. Raises: Http404 (no such deed)."""
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "submit": (submit, _("已送审")),
        "approve": (lambda: decide(True), _("已发布")),
        "send-back": (lambda: decide(False), _("已退回编制人")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
