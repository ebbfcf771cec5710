"""Ordering spatial analyses and looking at their results."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed
from apps.common.pages import paged, put_into, tell
from apps.geodata import permissions, selectors, services
from apps.geodata.forms import AnalysisForm
from apps.geodata.services import AnalysisOrder


@login_required
@require_GET
def analysis_list(request: HttpRequest) -> HttpResponse:
    """One's own analyses."""
    actor = actor_of(request)
    permissions.require_analyse(actor)
    context = paged(request, selectors.list_analyses(actor))
    return render(request, "geodata/analysis_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def analysis_new(request: HttpRequest) -> HttpResponse:
    """Orders an analysis."""
    actor = actor_of(request)
    permissions.require_analyse(actor)
    form = AnalysisForm(request.POST or None, viewer=actor)
    if form.is_valid():
        try:
            found = services.order_analysis(actor, order=AnalysisOrder(**form.cleaned_data))
        except NotAllowed:
            raise
        except DomainError as error:
            put_into(form, error)
        else:
            return redirect("geodata:analysis-detail", pk=found.pk)
    status = 422 if form.is_bound else 200
    return render(request, "geodata/analysis_new.html", {"form": form}, status=status)


@login_required
@require_GET
def analysis_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One analysis: what was asked for, and what came of it."""
    analysis = selectors.get_analysis(actor_of(request), pk)
    rows = analysis.features.order_by("pk").values_list("properties", flat=True)[:50]
    columns = analysis.columns
    context = {
        "analysis": analysis,
        "parameters": selectors.parameters_of(analysis),
        "columns": [label for _name, label, _kind in columns],
        "rows": [[row.get(name, "") for name, _label, _kind in columns] for row in rows],
    }
    return render(request, "geodata/analysis_detail.html", context)


@login_required
@require_GET
def analysis_features(request: HttpRequest, pk: int) -> HttpResponse:
    """The first features of a result as GeoJSON."""
    body = selectors.result_geojson(selectors.get_analysis(actor_of(request), pk))
    return HttpResponse(body, content_type="application/geo+json")


@login_required
@require_POST
def analysis_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes one's own analysis."""
    tell(
        request,
        lambda: services.delete_analysis(actor_of(request), analysis_id=pk),
        done=_("已删除分析和结果图层"),
    )
    return redirect("geodata:analysis-list")
