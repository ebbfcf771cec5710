"""Views of base libraries: the list, registering in two steps, one view and its deeds."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import paged, put_into, take
from apps.geodata import permissions, selectors, services
from apps.geodata.acts import view_publication
from apps.geodata.catalogue import Relation, find_relation
from apps.geodata.forms import (
    ColumnFormSet,
    ReadingForm,
    ReasonForm,
    RelationForm,
    ViewEditForm,
    ViewForm,
    column_initial,
)
from apps.geodata.models import SpatialView
from apps.geodata.services import Reading, ViewData
from apps.geodata.view_layers import present
from apps.geodata.views.access import keeper_required
from apps.geodata.views.publishing import press


@login_required
@require_GET
def view_list(request: HttpRequest) -> HttpResponse:
    """Views of base libraries the person may see, broken ones marked."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:60]
    context = paged(request, selectors.list_views(actor, text=text))
    there = present(context["rows"])
    context["rows"] = [(row, row.pk in there) for row in context["rows"]]
    context |= {"text": text, "may_register": permissions.can_register_anywhere(actor)}
    return render(request, "geodata/view_list.html", context)


@keeper_required
@require_http_methods(["GET", "POST"])
def view_new(request: HttpRequest) -> HttpResponse:
    """First the unit and the view, then its columns with names."""
    actor = actor_of(request)
    if not permissions.can_register_anywhere(actor):
        raise NotAllowed(_("需要在管理全市的机构任职并持有“导入和维护地图数据”权限"))
    chosen = RelationForm(request.GET or None, viewer=actor)
    if not chosen.is_valid():
        status = 422 if chosen.is_bound else 200
        return render(request, "geodata/view_choose.html", {"form": chosen}, status=status)
    unit, found = chosen.cleaned_data["unit"], chosen.cleaned_data["found"]
    form = ViewForm(request.POST or None, initial={"name": found.name})
    context = _reading_forms(request, found) | {"form": form, "found": found, "unit": unit}
    if form.is_valid() and context["reading"].is_valid() and context["fields"].is_valid():
        try:
            view = services.register_view(
                actor,
                unit=unit,
                schema=found.schema,
                relation=found.name,
                reading=_reading(context),
                data=ViewData(**form.cleaned_data),
            )
        except NotAllowed:
            raise
        except DomainError as error:
            _refuse(context, error)
        else:
            return redirect("geodata:view-detail", pk=view.pk)
    status = 422 if form.is_bound else 200
    return render(request, "geodata/view_new.html", context, status=status)


@keeper_required
@require_http_methods(["GET", "POST"])
def view_reread(request: HttpRequest, pk: int) -> HttpResponse:
    """The columns of a registered view, chosen anew."""
    actor = actor_of(request)
    view = selectors.get_view(actor, pk)
    permissions.require_register_views(actor, view.unit)
    found = find_relation(view.tenant.code, view.schema, view.relation)
    if found is None:
        return redirect("geodata:view-detail", pk=pk)
    context = _reading_forms(request, found, view) | {"view": view, "found": found}
    if context["reading"].is_valid() and context["fields"].is_valid():
        try:
            services.reread_view(actor, view_id=pk, reading=_reading(context))
        except (NotFound, NotAllowed):
            raise
        except DomainError as error:
            _refuse(context, error)
        else:
            return redirect("geodata:view-detail", pk=pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "geodata/view_new.html", context, status=status)


@login_required
@require_GET
def view_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One view: where its rows come from, its fields, whether it can be read now."""
    actor = actor_of(request)
    view = selectors.get_view(actor, pk)
    context = {
        "view": view,
        "wrong": selectors.what_is_wrong(view),
        "may_keep": permissions.can_keep(actor, view.unit),
        "may_register": permissions.can_register_views(actor, view.unit),
        "publish_form": ReasonForm(auto_id="publish_%s"),
    }
    return render(request, "geodata/view_detail.html", context)


@login_required
@require_GET
def view_features(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows of a view as GeoJSON, for its page."""
    view = selectors.get_view(actor_of(request), pk)
    return HttpResponse(selectors.view_geojson(view), content_type="application/geo+json")


@keeper_required
@require_http_methods(["GET", "POST"])
def view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is said about a view."""
    actor = actor_of(request)
    view = selectors.get_view(actor, pk)
    permissions.require_keep(actor, view.unit)
    form = ViewEditForm(request.POST or None, instance=view)
    if form.is_valid():
        take(
            form, lambda: services.edit_view(actor, view_id=pk, data=ViewData(**form.cleaned_data))
        )
        if not form.errors:
            return redirect("geodata:view-detail", pk=pk)
    status = 422 if form.is_bound else 200
    return render(request, "geodata/view_edit.html", {"form": form, "view": view}, status=status)


@keeper_required
@require_POST
def view_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Asks to publish, closes or retires."""
    actor = actor_of(request)
    press(
        request,
        deed,
        proposal=lambda: view_publication(selectors.get_view(actor, pk)),
        close=lambda: services.publish_view(actor, view_id=pk, is_public=False),
        retire=lambda: services.retire_view(actor, view_id=pk),
    )
    if deed == "retire":
        return redirect("geodata:view-list")
    return redirect("geodata:view-detail", pk=pk)


def _reading_forms(
    request: HttpRequest, found: Relation, view: SpatialView | None = None
) -> dict[str, Any]:
    data = request.POST if request.method == "POST" else None
    initial = {"key": view.key_column, "geometry": view.geometry_column} if view else {}
    columns = column_initial(found, view)
    return {
        "reading": ReadingForm(data, found=found, initial=initial),
        "fields": ColumnFormSet(data, initial=columns, prefix="columns"),
    }


def _reading(context: dict[str, Any]) -> Reading:
    said = context["reading"].cleaned_data
    rules = tuple(row.rule() for row in context["fields"].forms)
    return Reading(key=said["key"], geometry=said["geometry"], rules=rules)


def _refuse(context: dict[str, Any], error: DomainError) -> None:
    form = context.get("form")
    if form is not None and error.field in form.fields:
        put_into(form, error)
    else:
        put_into(context["reading"], error)
