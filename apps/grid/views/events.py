"""Events: the list, the report, and the deeds of the panel on the case page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.assets.selectors import list_assets_near
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, put_into, tell
from apps.grid import permissions, selectors, services
from apps.grid.forms import EventFilterForm, ReasonForm, ReportForm
from apps.grid.models import GridEvent, PairVerdict
from apps.grid.views._common import reader_of, stored_pictures
from apps.matters.definition import definition_of
from apps.matters.enums import Channel
from apps.places.geometry import point

NEAR_M, NEAR_MOST = 60.0, 8


@login_required
@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """Every event the viewer may see, narrowed by the filter."""
    viewer = reader_of(request)
    form = EventFilterForm(request.GET, viewer=viewer)
    try:
        rows = selectors.narrowed(viewer, **form.wanted())
    except InvalidInput as error:
        form.add_error("q", str(error))
        rows = GridEvent.objects.none()
    context = paged(request, rows) | {
        "form": form,
        "may_report": viewer.has_perm(permissions.REPORT),
        "may_export": viewer.has_perm("matters.export_cases"),
    }
    return render(request, "grid/event_list.html", context)


@login_required
@permission_required("matters.export_cases", raise_exception=True)
@require_GET
def event_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as Excel; logged. No personal data is in it."""
    viewer = reader_of(request)
    wanted = EventFilterForm(request.GET, viewer=viewer).wanted()
    rows = selectors.narrowed(viewer, **wanted).select_related("reporter")
    audit.record(viewer, "grid_events.exported", data={"q": wanted.get("q", "")})
    columns = [
        Column(_("受理编号"), lambda e: e.case.number, 20),
        Column(_("标题"), lambda e: e.case.title, 30),
        Column(_("类别"), lambda e: e.get_kind_display(), 8),
        Column(_("分类"), lambda e: e.case.class_label, 24),
        Column(_("状态"), lambda e: state_label(e), 12),
        Column(_("区域"), lambda e: e.case.area.name, 20),
        Column(_("地址"), lambda e: e.case.address, 30),
        Column(_("承办单位"), lambda e: str(e.case.unit or ""), 20),
        Column(_("上报时间"), lambda e: e.case.opened_at, 18),
        Column(_("到期时间"), lambda e: e.case.due_at, 18),
        Column(_("结案时间"), lambda e: e.case.closed_at, 18),
    ]
    name = f"{_('网格事件')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(chunk_size=500))


def state_label(event: GridEvent) -> str:
    """Will give the name of the state as the matter calls it."""
    definition = definition_of(event.case.version_id, event.case.version.body)
    return definition.state(event.case.state).label


@login_required
@permission_required(permissions.REPORT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """A report at a desk: the map first, then what it is, then pictures."""
    actor = actor_of(request)
    form = ReportForm(request.POST or None, initial=_first_values(request))
    if request.method == "POST" and form.is_valid():
        try:
            files, names = stored_pictures(request.FILES.getlist("files"))
            event = services.report_event(
                actor,
                key=form.cleaned_data["key"],
                report=_report_of(form.cleaned_data, files),
                names=names,
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已上报，受理编号%s") % event.case.number)
            return redirect("matters:case-detail", case_id=event.case_id)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "grid/report.html", {"form": form}, status=status)


def _first_values(request: HttpRequest) -> dict[str, Any]:
    allowed = {"class_code", "lon", "lat", "title", "channel"}
    return {name: value for name, value in request.GET.items() if name in allowed}


def _report_of(given: dict[str, Any], files: list[Any]) -> services.EventReport:
    code = given["class_code"]
    is_component = code.startswith("c") or given["asset_id"] is not None
    return services.EventReport(
        kind="component" if is_component else "event",
        class_code=code,
        title=given["title"],
        text=given["text"],
        lon=given["lon"],
        lat=given["lat"],
        accuracy_m=None,
        address=given["address"],
        at=clock.now(),
        asset_id=given["asset_id"],
        files=files,
        handled_on_spot=given["handled_on_spot"],
        channel=Channel(given["channel"]).value,
    )


@login_required
@permission_required(permissions.REPORT, raise_exception=True)
@require_GET
def near(request: HttpRequest) -> JsonResponse:
    """Components and open events around a point, for the report page to offer."""
    try:
        here = point(float(request.GET["lon"]), float(request.GET["lat"]))
    except (KeyError, ValueError) as error:
        raise InvalidInput(_("经纬度无效"), field="point") from error
    viewer = actor_of(request)
    # Both carry a distance the types know nothing of.
    assets: Any = list_assets_near(here, NEAR_M)[:NEAR_MOST]
    events: Any = selectors.events_near(viewer, point=here, radius_m=NEAR_M)[:NEAR_MOST]
    return JsonResponse(
        {
            "assets": [
                {
                    "id": asset.pk,
                    "name": asset.name,
                    "kind": asset.kind.name,
                    "code": asset.code,
                    "class_code": f"c{asset.kind.code[:2]}.{asset.kind.code[2:]}",
                    "distance_m": round(asset.distance.m),
                }
                for asset in assets
            ],
            "events": [
                {
                    "number": event.case.number,
                    "title": event.case.title,
                    "state": state_label(event),
                    "url": f"/cases/{event.case_id}/",
                    "distance_m": round(event.distance.m),
                }
                for event in events
            ],
        }
    )


@login_required
@require_POST
def waive(request: HttpRequest, event_id: int) -> HttpResponse:
    """免予核实, with a reason."""
    actor, event = actor_of(request), selectors.get_event(actor_of(request), event_id)
    _with_reason(
        request,
        lambda reason: services.waive_look(actor, event_id=event_id, reason=reason),
        done=_("已免予核实，可以立案"),
    )
    return redirect("matters:case-detail", case_id=event.case_id)


@login_required
@require_POST
def override(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """认可照片比对异常, with a reason."""
    actor = actor_of(request)
    verdict = PairVerdict.objects.filter(pk=verdict_id).first()
    event = selectors.get_event(actor, verdict.event_id if verdict else 0)
    _with_reason(
        request,
        lambda reason: services.override_proof(actor, verdict_id=verdict_id, reason=reason),
        done=_("已认可，该项不再影响结案"),
    )
    return redirect("matters:case-detail", case_id=event.case_id)


@login_required
@require_POST
def finish_stage(request: HttpRequest, event_id: int, stage_id: int) -> HttpResponse:
    """阶段完成."""
    actor, event = actor_of(request), selectors.get_event(actor_of(request), event_id)
    tell(
        request,
        lambda: services.finish_stage(actor, stage_id=stage_id),
        done=_("已登记阶段完成"),
    )
    return redirect("matters:case-detail", case_id=event.case_id)


def _with_reason(request: HttpRequest, deed: Callable[[str], Any], *, done: str) -> None:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写理由"))
        return
    tell(request, lambda: deed(form.cleaned_data["reason"]), done=done)
