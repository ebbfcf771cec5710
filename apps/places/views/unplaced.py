"""The list of texts nobody could place, and the page on which one is worked through."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import put_into, tell
from apps.places import permissions, selectors, services
from apps.places.enums import GazetteerKind, UnplacedState
from apps.places.forms import EntryForm, IgnoreForm, UnplacedSearchForm
from apps.places.models import UnplacedText

ROWS = 50


@login_required
@require_GET
def unplaced_list(request: HttpRequest) -> HttpResponse:
    """What waits, the most frequent first; or what was decided."""
    permissions.require_manage_areas(request.user)
    form = UnplacedSearchForm(request.GET)
    text, state = "", UnplacedState.OPEN.value
    if form.is_valid():
        text, state = form.cleaned_data["q"].strip(), form.cleaned_data["state"] or state
    found = selectors.list_unplaced(request.user, state=state, text=text)
    context = {
        "form": form,
        "text": text,
        "state": state,
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "sums": selectors.sum_up_unplaced(request.user),
    }
    return render(request, "places/unplaced_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def unplaced_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One text: what it may mean, where clerks put it; a new place is entered here."""
    permissions.require_manage_areas(request.user)
    unplaced = selectors.get_unplaced(request.user, pk=pk)
    form = EntryForm(request.POST or None, initial=_initial(unplaced))
    if request.method == "POST" and form.is_valid():
        try:
            services.solve_with_new(request.user, unplaced_id=pk, new=form.new_entry())
        except NotFound:
            raise
        except NotAllowed as error:
            form.add_error(None, str(error))
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已加入地名库"))
            return redirect("places:unplaced-list")
    return render(request, "places/unplaced_detail.html", _context(unplaced, form))


@login_required
@require_POST
def unplaced_alias(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the words another name of a known place."""
    permissions.require_manage_areas(request.user)
    unplaced = selectors.get_unplaced(request.user, pk=pk)
    entry_id = _chosen(request, unplaced)
    if entry_id is None:
        messages.error(request, _("地名库中没有这个地名，请核对名称"))
        return redirect("places:unplaced-detail", pk=pk)
    done = tell(
        request,
        lambda: services.solve_with_entry(
            request.user,
            unplaced_id=pk,
            entry_id=entry_id,
            alias=request.POST.get("alias", ""),
        ),
        done=_("已记为别名"),
    )
    return redirect("places:unplaced-list") if done else redirect("places:unplaced-detail", pk=pk)


@login_required
@require_POST
def unplaced_ignore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take words off the list that name no place, with a reason."""
    reason = request.POST.get("reason", "")
    done = tell(
        request,
        lambda: services.ignore_unplaced(request.user, unplaced_id=pk, reason=reason),
        done=_("已忽略"),
    )
    return redirect("places:unplaced-list") if done else redirect("places:unplaced-detail", pk=pk)


def _chosen(request: HttpRequest, unplaced: UnplacedText) -> int | None:
    """The entry a person chose from the list, or named: the nearest of that name."""
    chosen = request.POST.get("entry", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 12:
        return int(chosen)
    near = unplaced.point or unplaced.area.center
    name = request.POST.get("entry_name", "").strip()
    if not name or near is None:
        return None
    found = selectors.entries_named(name, kinds=tuple(GazetteerKind.values), near=near)
    return found[0].pk if found else None


def _initial(unplaced: UnplacedText) -> dict[str, Any]:
    if unplaced.point is None:
        return {"name": unplaced.stem}
    lon, lat = f"{unplaced.point.x:.7f}", f"{unplaced.point.y:.7f}"
    return {"name": unplaced.stem, "lon": lon, "lat": lat}


def _context(unplaced: UnplacedText, form: EntryForm) -> dict[str, Any]:
    found = selectors.understand(unplaced.sample, within=unplaced.area)
    near = selectors.describe(unplaced.point) if unplaced.point is not None else None
    center = unplaced.point or unplaced.area.center
    return {
        "unplaced": unplaced,
        "reports": unplaced.reports.all()[:20],
        "candidates": [c for c in found.candidates if c.entry_id is not None],
        "near": near,
        "form": form,
        "ignore_form": IgnoreForm(),
        "is_open": unplaced.state == UnplacedState.OPEN,
        "center": f"{center.x:.6f},{center.y:.6f}" if center else "",
    }
