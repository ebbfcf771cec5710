"""The buttons that imported data and views of the database have in common."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.registry import Proposal
from apps.accounts.signed_in import actor_of
from apps.common.pages import tell


def press(
    request: HttpRequest,
    deed: str,
    *,
    proposal: Callable[[], Proposal],
    close: Callable[[], Any],
    retire: Callable[[], Any],
) -> None:
    """Will ask to publish, close to the public or retire, and say how it ended.

    Raises: Http404 (no such deed); NotFound, NotAllowed.
    """
    match deed:
        case "publish":
            asked, reason = proposal(), request.POST.get("reason", "")
            tell(
                request,
                lambda: approvals.file_change(actor_of(request), proposal=asked, reason=reason),
                done=_("已提交公开申请，等待另一人复核"),
            )
        case "close":
            tell(request, close, done=_("已停止向社会公开"))
        case "retire":
            tell(request, retire, done=_("图层已停用"))
        case _other:
            raise Http404
