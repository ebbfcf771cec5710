"""The bell, the list of notices, and in a demo the phone that receives everything."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.notices import selectors, services
from apps.notices.models import SimulatedMessage
from apps.notices.registry import kind_label

PAGE_SIZE = 30
BELL_SIZE = 8
SIMULATOR_SIZE = 100


@require_GET
@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """Newest first; ``?unread=1``, ``?kind=``, ``?before=<id>``."""
    user = _user(request)
    unread, kind = request.GET.get("unread") == "1", request.GET.get("kind", "")
    found = selectors.list_notices(user, unread=unread, kind=kind)
    before = request.GET.get("before", "")
    if before.isdecimal():
        found = found.filter(pk__lt=int(before))
    notices = list(found[: PAGE_SIZE + 1])
    context = {
        "notices": notices[:PAGE_SIZE],
        "next_before": notices[PAGE_SIZE - 1].pk if len(notices) > PAGE_SIZE else None,
        "only_unread": unread,
        "kind": kind,
        "kinds": [(code, kind_label(code)) for code in selectors.list_kinds(user)],
        "unread_count": selectors.unread_count(user),
    }
    return render(request, "notices/notice_list.html", context)


@require_GET
@login_required
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """The part of the page that unfolds under the bell."""
    user = _user(request)
    context = {
        "notices": selectors.list_notices(user)[:BELL_SIZE],
        "unread_count": selectors.unread_count(user),
    }
    return render(request, "notices/_bell.html", context)


@require_GET
@never_cache
def unread(request: HttpRequest) -> JsonResponse:
    """How many are unread, and the newest few for a page that was not connected."""
    if not request.user.is_authenticated:
        return JsonResponse({"unread": 0, "newest": []}, status=401)
    user = _user(request)
    newest = selectors.list_notices(user, unread=True)[:3]
    return JsonResponse(
        {
            "unread": selectors.bell_count(user),
            "newest": [{"id": n.pk, "title": n.title, "url": n.url} for n in newest],
        }
    )


@require_GET
@login_required
def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Reads a notice and goes where it leads."""
    notice = services.mark_read(_user(request), notice_id=notice_id)
    return redirect(notice.url or "notices:notice-list")


@require_POST
@login_required
def mark_read(request: HttpRequest, notice_id: int) -> HttpResponse:
    services.mark_read(_user(request), notice_id=notice_id)
    return redirect("notices:notice-list")


@require_POST
@login_required
def mark_all_read(request: HttpRequest) -> HttpResponse:
    count = services.mark_all_read(_user(request), kind=request.POST.get("kind", ""))
    messages.success(request, _("%(n)d 条已标为已读") % {"n": count})
    return redirect("notices:notice-list")


@require_GET
@login_required
def simulator(request: HttpRequest) -> HttpResponse:
    """What would have been sent to phones and mailboxes; only in a demo."""
    if not settings.DEMO:
        raise Http404(_("没有找到"))
    sent = SimulatedMessage.objects.order_by("-id")[:SIMULATOR_SIZE]
    return render(request, "notices/simulator.html", {"sent": sent})


def _user(request: HttpRequest) -> User:
    """The signed-in person; the decorators keep everybody else out."""
    return cast(User, request.user)
