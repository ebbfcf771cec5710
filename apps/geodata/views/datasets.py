"""The datasets that stand, and the switch of the administrator."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into, take, tell
from apps.geodata import permissions, selectors, services
from apps.geodata.acts import publication
from apps.geodata.forms import DatasetForm, ReasonForm, SwitchForm
from apps.geodata.models import UnshiftSwitch
from apps.geodata.services import DatasetData
from apps.geodata.views.access import keeper_required
from apps.geodata.views.publishing import press


@login_required
@require_GET
def dataset_list(request: HttpRequest) -> HttpResponse:
    """Imported layers the person may see."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:60]
    context = paged(request, selectors.list_datasets(actor, text=text))
    context["rows"] = [(row, selectors.staleness_of(row)) for row in context["rows"]]
    context |= {
        "text": text,
        "may_keep": permissions.can_keep_anywhere(actor),
    }
    return render(request, "geodata/dataset_list.html", context)


@login_required
@require_GET
def dataset_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset: where it comes from, its fields, its versions."""
    actor = actor_of(request)
    dataset = selectors.get_dataset(actor, pk)
    context = {
        "dataset": dataset,
        "version": dataset.current,
        "versions": dataset.versions.all(),
        "staleness": selectors.staleness_of(dataset),
        "may_keep": permissions.can_keep(actor, dataset.unit),
        "publish_form": ReasonForm(auto_id="publish_%s"),
    }
    return render(request, "geodata/dataset_detail.html", context)


@login_required
@require_GET
def dataset_features(request: HttpRequest, pk: int) -> HttpResponse:
    """The first features of a dataset as GeoJSON, for its page."""
    dataset = selectors.get_dataset(actor_of(request), pk)
    return HttpResponse(selectors.dataset_geojson(dataset), content_type="application/geo+json")


@keeper_required
@require_http_methods(["GET", "POST"])
def dataset_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is said about a dataset."""
    actor = actor_of(request)
    dataset = selectors.get_dataset(actor, pk)
    form = DatasetForm(request.POST or None, instance=dataset)
    if form.is_valid():
        take(
            form,
            lambda: services.edit_dataset(
                actor, dataset_id=pk, data=DatasetData(**form.cleaned_data)
            ),
        )
        if not form.errors:
            return redirect("geodata:dataset-detail", pk=pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "dataset": dataset}
    return render(request, "geodata/dataset_edit.html", context, status=status)


@keeper_required
@require_POST
def dataset_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Goes to another version, asks to publish, closes or retires."""
    actor = actor_of(request)
    number = request.POST.get("number", "")
    if deed == "show" and number.isdecimal() and len(number) < 9:
        tell(
            request,
            lambda: services.show_version(actor, dataset_id=pk, number=int(number)),
            done=_("已切换版本"),
        )
        return redirect("geodata:dataset-detail", pk=pk)
    press(
        request,
        deed,
        proposal=lambda: publication(selectors.get_dataset(actor, pk)),
        close=lambda: services.publish_dataset(actor, dataset_id=pk, is_public=False),
        retire=lambda: services.retire_dataset(actor, dataset_id=pk),
    )
    if deed == "retire":
        return redirect("geodata:dataset-list")
    return redirect("geodata:dataset-detail", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def unshift_switch(request: HttpRequest) -> HttpResponse:
    """The administrator's switch for turning shifted coordinates back."""
    actor = actor_of(request)
    permissions.require_unshift(actor)
    form = SwitchForm(request.POST or None)
    if form.is_valid():
        try:
            services.switch_unshift(
                actor,
                is_allowed=request.POST.get("to") == "on",
                basis=form.cleaned_data["basis"],
            )
        except DomainError as error:
            put_into(form, error)
        else:
            return redirect("geodata:unshift-switch")
    context = {"form": form, "switch": UnshiftSwitch.objects.filter(pk=1).first()}
    status = 422 if form.is_bound else 200
    return render(request, "geodata/unshift_switch.html", context, status=status)
