"""Pages of the shell: landing or to-do, search, preferences, style guide."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.paging import page_of
from apps.portal import finding, services, styleguide
from apps.portal.menu import find_pages, resolve
from apps.portal.models import ViewPreference
from apps.portal.todo import todo_for
from apps.signon.selectors import tiles_for

HOME_TILES = 6  # one row on a wide screen


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # login_required stands before every caller


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Leads those who ask at the customary address to the mark."""
    return redirect(static("portal/img/mark.svg"))


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Shows a citizen the doors of the city, and staff what waits for them."""
    if not request.user.is_authenticated:
        doors = {
            "report_url": resolve("citizen:report"),
            "track_url": resolve("citizen:track"),
            "published_url": resolve("citizen:results"),
        }
        return render(request, "portal/landing.html", doors)
    viewer = _user(request)
    tiles = list(tiles_for(viewer).select_related("owner")[: HOME_TILES + 1])
    context = {
        "todo": todo_for(viewer),
        "now": clock.now(),
        "tiles": tiles[:HOME_TILES],
        "has_more_tiles": len(tiles) > HOME_TILES,
    }
    return render(request, "portal/home.html", context)


@require_GET
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Finds what the viewer may see, kind by kind; a receipt number leads straight to its case."""
    viewer, text = _user(request), request.GET.get("q", "").strip()
    kinds, kind = finding.kinds_for(viewer, request.GET.get("kind", ""))
    found = {"q": text, "now": clock.now(), "kinds": kinds, "kind": kind}
    if not text:
        return render(request, "portal/search.html", found)
    try:
        rows = finding.find(viewer, kind, text)
    except InvalidInput as problem:
        return render(request, "portal/search.html", found | {"problem": problem})
    page = page_of(rows, request.GET)
    if kind.code == finding.CASES and page.number == 1 and len(page.items) == 1:
        (case,) = page.items
        if case.number == text:
            return redirect("matters:case-detail", case.pk)
    query = request.GET.copy()

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    found |= {
        "page": page,
        "hits": [kind.hit(row) for row in page.items] if kind.hit else [],
        "pages": find_pages(viewer, text) if page.number == 1 else [],
        "previous_url": address(page.number - 1) if page.has_previous else "",
        "next_url": address(page.number + 1) if page.has_next else "",
    }
    return render(request, "portal/search.html", found)


@require_GET
@login_required
def search_count(request: HttpRequest) -> HttpResponse:
    """Tells the open page how many a kind has: "7", "999+", or "…" where counting takes long."""
    viewer, text = _user(request), request.GET.get("q", "").strip()
    _kinds, kind = finding.kinds_for(viewer, request.GET.get("kind", ""))
    if not text:
        return HttpResponse("")
    try:
        number = finding.count(viewer, kind, text)
    except InvalidInput as problem:
        return HttpResponseBadRequest(escape(problem))
    return HttpResponse("…" if number is None else str(number))


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Shows what a user arranged and forgets all of it on request."""
    user = _user(request)
    if request.method == "POST":
        services.reset_views(user)
        messages.success(request, _("列表布局和常用筛选已恢复为默认。"))
        return redirect("portal:preferences")
    arranged = ViewPreference.objects.filter(user=user).order_by("view")
    return render(request, "portal/preferences.html", {"arranged": arranged})


@require_POST
@login_required
def preference_save(request: HttpRequest, view: str) -> HttpResponse:
    """Keeps one choice about a list (density, columns or a filter) and goes back to it."""
    user, sent = _user(request), request.POST
    try:
        if "density" in sent:
            services.save_density(user, view=view, density=sent["density"])
        elif "known" in sent:
            services.save_columns(
                user, view=view, known=sent.getlist("known"), shown=sent.getlist("columns")
            )
        elif "filter_name" in sent:
            name, query = sent["filter_name"], sent.get("filter_query", "")
            services.save_filter(user, view=view, name=name, query=query)
            messages.success(request, _("已存为常用筛选“%s”。") % name.strip())
        elif "delete_filter" in sent:
            services.delete_filter(user, view=view, name=sent["delete_filter"])
        else:
            raise InvalidInput(_("没有说明要保存什么。"))
    except DomainError as refused:
        messages.error(request, str(refused))
    back = sent.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return HttpResponse(status=204) if not back else redirect("portal:home")


def style_guide(request: HttpRequest) -> HttpResponse:
    """Shows every component in every state: to staff, and to anybody in a demo."""
    is_staff = request.user.is_authenticated and request.user.is_staff
    if not (settings.DEMO or is_staff):
        raise Http404
    return render(request, "portal/styleguide.html", styleguide.samples(request))
