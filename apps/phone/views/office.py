"""What could not be done as phones sent it, for whoever leads the workers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.files import file_response
from apps.common.pages import paged, put_into
from apps.phone import permissions, selectors, services
from apps.phone.deeds import label_of
from apps.phone.enums import DeedMark
from apps.phone.forms import SettleForm
from apps.phone.models import Deed
from apps.phone.showing import shown_values


def _viewer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    permissions.require_read_kept(request.user)
    return request.user


@login_required
@require_safe
def kept_list(request: HttpRequest) -> HttpResponse:
    """What waits for a leader, or with ``?settled=1`` what was dealt with."""
    viewer = _viewer(request)
    settled = request.GET.get("settled") == "1"
    context = paged(request, selectors.list_kept(viewer, settled=settled))
    context["rows"] = [(row, label_of(row.kind)) for row in context["rows"]]
    return render(request, "phone/office/kept_list.html", context | {"settled": settled})


@login_required
@require_http_methods(["GET", "POST"])
def kept_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them as it was typed; reading it is logged, what became of it is noted here."""
    viewer = _viewer(request)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle_kept(viewer, deed_id=pk, note=form.cleaned_data["note"])
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已记录处理情况"))
            return redirect("phone:kept-list")
    deed = services.open_kept(viewer, deed_id=pk)
    context = _shown(deed) | {"form": form}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "phone/office/kept_detail.html", context, status=status)


@login_required
@require_safe
def kept_photo(request: HttpRequest, pk: int, place: int) -> HttpResponseBase:
    """One of its photographs."""
    deed = selectors.get_kept(_viewer(request), deed_id=pk)
    photos = selectors.photos_of_deed(deed)
    stored = photos[place].stored if 0 <= place < len(photos) else None
    if stored is None:
        raise Http404
    return file_response(stored, download_name=f"{deed.pk}-{place + 1}")


def _shown(deed: Deed) -> dict[str, Any]:
    return {
        "deed": deed,
        "kind": label_of(deed.kind),
        "values": shown_values(deed.content.get("values") or {}),
        "marks": [DeedMark(mark).label for mark in deed.marks],
        "photos": range(len(selectors.photos_of_deed(deed))),
    }
