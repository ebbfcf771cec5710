"""Surveys: made at a desk, ruled on, and how far a round has come."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.assets import permissions, selectors, services
from apps.assets.forms import ProgressForm, RulingForm, SurveyForm
from apps.assets.views._common import reader_of
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.files import file_response, store
from apps.common.pages import paged, tell


@login_required
@require_POST
def survey_make(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was found of a thing."""
    viewer = reader_of(request)
    asset = selectors.get_asset(viewer, pk=pk)
    permissions.require_survey(viewer)
    form = SurveyForm(request.POST, request.FILES)

    def make() -> object:
        if not form.is_valid():
            field, errors = next(iter(form.errors.items()))
            label = form.fields[field].label if field in form.fields else ""
            raise InvalidInput(f"{label}：{errors[0]}", field=field)
        given = form.cleaned_data
        picture = given["file"]
        files = [store(picture, allow=frozenset({"image"}))] if picture else []
        return services.survey_asset(
            viewer,
            key=str(given["key"]),
            asset_id=asset.pk,
            kind_code=asset.kind.code,
            finding=given["finding"],
            lon=given["lon"],
            lat=given["lat"],
            accuracy_m=None,
            at=clock.now(),
            note=given["note"],
            files=files,
        )

    tell(request, make, done=_("已登记普查"))
    return redirect("assets:asset-detail", pk=pk)


@login_required
@require_GET
def survey_queue(request: HttpRequest) -> HttpResponse:
    """What waits for this keeper, with why."""
    viewer = reader_of(request)
    permissions.require_rule(viewer)
    found = paged(request, selectors.list_held(viewer))
    return render(request, "assets/survey_queue.html", found)


@login_required
@require_POST
def survey_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or refuse a survey."""
    viewer = reader_of(request)
    form = RulingForm(request.POST)
    form.is_valid()
    given = form.cleaned_data
    accepted = bool(given.get("accept"))
    tell(
        request,
        lambda: services.rule_survey(
            viewer,
            survey_id=pk,
            is_accepted=accepted,
            name=given.get("name", ""),
            note=given.get("note", ""),
        ),
        done=_("已确认，台账已更新") if accepted else _("已驳回"),
    )
    return redirect("assets:survey-queue")


@login_required
@require_GET
def survey_file(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """A picture of a survey the viewer may see."""
    survey = selectors.get_survey(reader_of(request), pk=pk)
    kept = survey.files.filter(pk=number).first()
    if kept is None:
        raise Http404
    return file_response(kept, download_name=_("部件普查照片"))


@login_required
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """Per cell, how many things were surveyed within the cycle."""
    viewer = reader_of(request)
    form = ProgressForm(request.GET, viewer=viewer)
    area, days = form.wanted()
    rows = selectors.list_progress(viewer, area=area, since=clock.now() - timedelta(days=days))
    total, seen = sum(row["total"] for row in rows), sum(row["seen"] for row in rows)
    context = {
        "form": form,
        "days": days,
        "rows": rows[:200],
        "total": total,
        "seen": seen,
        "left": total - seen,
        "percent": round(100 * seen / total) if total else 0,
        "cell_count": len(rows),
    }
    return render(request, "assets/progress.html", context)
