"""3D models: the list, one model with its links, links by hand and from a file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import imports
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import paged, put_into, take, tell
from apps.geodata import permissions, selectors, services
from apps.geodata.forms import CityModelForm, CityModelNewForm, LinksFileForm, ModelLinkForm
from apps.geodata.services import ModelData
from apps.geodata.services.city_models import COLUMNS
from apps.geodata.views.access import keeper_required


@login_required
@require_GET
def model_list(request: HttpRequest) -> HttpResponse:
    """The 3D models of the person's body."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:60]
    context = paged(request, selectors.list_models(actor, text=text))
    context |= {"text": text, "may_keep": permissions.can_keep_anywhere(actor)}
    return render(request, "geodata/model_list.html", context)


@keeper_required
@require_http_methods(["GET", "POST"])
def model_new(request: HttpRequest) -> HttpResponse:
    """Writes down a model."""
    actor = actor_of(request)
    form = CityModelNewForm(request.POST or None, viewer=actor)
    if form.is_valid():
        said = dict(form.cleaned_data)
        unit = said.pop("unit")
        model = take(
            form, lambda: services.register_model(actor, unit=unit, data=ModelData(**said))
        )
        if model is not None:
            return redirect("geodata:model-detail", pk=model.pk)
    status = 422 if form.is_bound else 200
    return render(request, "geodata/model_edit.html", {"form": form}, status=status)


@keeper_required
@require_http_methods(["GET", "POST"])
def model_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is said about a model."""
    actor = actor_of(request)
    model = selectors.get_model(actor, pk)
    permissions.require_keep(actor, model.unit)
    form = CityModelForm(request.POST or None, instance=model)
    if form.is_valid():
        take(
            form,
            lambda: services.edit_model(actor, model_id=pk, data=ModelData(**form.cleaned_data)),
        )
        if not form.errors:
            return redirect("geodata:model-detail", pk=pk)
    context = {"form": form, "model": model}
    status = 422 if form.is_bound else 200
    return render(request, "geodata/model_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def model_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One model with what its objects are here; keepers link one more."""
    actor = actor_of(request)
    model = selectors.get_model(actor, pk)
    form = ModelLinkForm(request.POST or None)
    if form.is_valid():
        take(form, lambda: services.link_object(actor, model_id=pk, **form.cleaned_data))
        if not form.errors:
            messages.success(request, _("已关联"))
            return redirect("geodata:model-detail", pk=pk)
    context = paged(request, model.links.all())
    context["rows"] = selectors.shown_links(actor, model, context["rows"])
    context |= {
        "model": model,
        "form": form,
        "may_keep": permissions.can_keep(actor, model.unit),
    }
    status = 422 if form.is_bound else 200
    return render(request, "geodata/model_detail.html", context, status=status)


@keeper_required
@require_http_methods(["GET", "POST"])
def model_import(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Links of a file, all or none."""
    actor = actor_of(request)
    model = selectors.get_model(actor, pk)
    permissions.require_keep(actor, model.unit)
    form = LinksFileForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if form.is_valid():
        try:
            parsed = imports.read_rows(form.cleaned_data["file"], COLUMNS)
            report = services.import_links(actor, model_id=pk, parsed=parsed)
        except (NotFound, NotAllowed):
            raise
        except DomainError as error:
            put_into(form, error)
        else:
            if not report.errors:
                messages.success(request, _("已导入 %(n)d 行关联") % {"n": report.saved})
                return redirect("geodata:model-detail", pk=pk)
            if request.POST.get("sheet"):
                return imports.error_sheet(report.errors)
    headers = [column.header for column in COLUMNS]
    context = {"form": form, "model": model, "report": report, "headers": headers}
    status = 422 if form.is_bound else 200
    return render(request, "geodata/model_import.html", context, status=status)


@keeper_required
@require_POST
def model_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a model out of use."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.retire_model(actor, model_id=pk),
        done=_("三维模型已停用"),
    )
    return redirect("geodata:model-list")


@keeper_required
@require_POST
def model_unlink(request: HttpRequest, pk: int, link_id: int) -> HttpResponse:
    """Undoes a link."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.unlink_object(actor, model_id=pk, link_id=link_id),
        done=_("已取消关联"),
    )
    return redirect("geodata:model-detail", pk=pk)
