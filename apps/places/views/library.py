"""Pages of the address library: search, one entry, and what its keepers do to it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import put_into
from apps.places import permissions, selectors, services
from apps.places.enums import GazetteerKind
from apps.places.forms import CloseForm, CorrectForm, EntryForm, GazetteerSearchForm
from apps.places.models import GazetteerEntry

ROWS = 50


@login_required
@require_GET
def gazetteer_search(request: HttpRequest) -> HttpResponse:
    """The library: names that contain the words, by kind, how many there are of each."""
    form = GazetteerSearchForm(request.GET)
    text, kind, closed = "", "", False
    if form.is_valid():
        data = form.cleaned_data
        text, kind, closed = data["q"].strip(), data["kind"], data["state"] == "closed"
    found = selectors.search_gazetteer(text, kind=kind, closed=closed)
    # Without a count: a page is one row longer than shown if there is another.
    start = _positive(request.GET.get("start"))
    rows = list(found[start : start + ROWS + 1])
    counts = selectors.count_kinds()
    context = {
        "form": form,
        "text": text,
        "kind": kind,
        "closed": closed,
        "rows": rows[:ROWS],
        "next": start + ROWS if len(rows) > ROWS else None,
        "counts": [(label, counts.get(value, 0)) for value, label in GazetteerKind.choices],
        "may_keep": permissions.can_manage_areas(request.user),
    }
    return render(request, "places/gazetteer_search.html", context)


@login_required
@require_GET
def entry_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: where it is, what it belongs to, what belongs to it."""
    entry = selectors.get_entry(pk=pk)
    may_keep = entry.closed_at is None and permissions.can_keep_names_in(request.user, entry.area)
    parts = list(selectors.list_parts(entry)[: ROWS + 1])
    context = {
        "entry": entry,
        "parts": parts[:ROWS],
        "more_parts": len(parts) > ROWS,
        "point": f"{entry.point.x:.7f},{entry.point.y:.7f}",
        "may_keep": may_keep,
        "close_form": CloseForm() if may_keep else None,
    }
    return render(request, "places/entry_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def entry_add(request: HttpRequest) -> HttpResponse:
    """Enter one place name."""
    permissions.require_manage_areas(request.user)
    initial = {"name": request.GET.get("name", "")[:60], "parent": request.GET.get("parent", "")}
    form = EntryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            entry = services.add_entry(request.user, new=form.new_entry())
        except NotAllowed as error:
            form.add_error(None, str(error))
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已加入地名库：%(name)s") % {"name": entry.name})
            return redirect("places:entry-detail", pk=entry.pk)
    context = {"form": form, "center": _center()}
    return render(request, "places/entry_form.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def entry_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an entry's name, aliases, number or position."""
    permissions.require_manage_areas(request.user)
    entry = selectors.get_entry(pk=pk)
    form = CorrectForm(request.POST or None, initial=_initial(entry))
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_entry(request.user, entry_id=pk, **form.changes())
        except NotFound:
            raise
        except NotAllowed as error:
            form.add_error(None, str(error))
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已更正"))
            return redirect("places:entry-detail", pk=pk)
    context = {
        "form": form,
        "entry": entry,
        "point": f"{entry.point.x:.7f},{entry.point.y:.7f}",
    }
    return render(request, "places/entry_form.html", context)


@login_required
@require_http_methods(["POST"])
def entry_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an entry, with a reason."""
    form = CloseForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        services.close_entry(request.user, entry_id=pk, note=note)
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已停用"))
    return redirect("places:entry-detail", pk=pk)


def _initial(entry: GazetteerEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "aliases": "、".join(entry.aliases),
        "house_number": entry.house_number,
        "source": entry.source,
        "lon": f"{entry.point.x:.7f}",
        "lat": f"{entry.point.y:.7f}",
    }


def _center() -> str:
    top = selectors.list_areas().first()
    return f"{top.center.x:.6f},{top.center.y:.6f}" if top and top.center else ""


def _positive(text: str | None) -> int:
    return min(int(text), 1_000_000) if text and text.isascii() and text.isdigit() else 0
