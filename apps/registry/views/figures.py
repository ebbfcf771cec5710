"""Figures with the rows behind each, and exports under another's leave."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.approvals.selectors import approved_for
from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed
from apps.common.exports import xlsx_response
from apps.common.pages import paged, put_into, status_of
from apps.places.forms import AreaChoice
from apps.places.models import Area
from apps.registry import exporting, permissions, selectors
from apps.registry.enums import FileKind
from apps.registry.forms.files import FileFilterForm, areas_of, day_input
from apps.registry.models import RegistryFile
from apps.registry.selectors import figures, leases
from apps.registry.selectors.links import month_starts
from apps.registry.views._common import holds, reader_required
from apps.registry.views.files import as_row

USUAL_DAYS = 90


class PeriodForm(forms.Form):
    """Area, period and kind of the figures; nonsense means the usual."""

    area = AreaChoice(
        label=gettext_lazy("区域"),
        required=False,
        queryset=Area.objects.none(),
        empty_label=gettext_lazy("全部区域"),
    )
    first = forms.DateField(label=gettext_lazy("从"), required=False, widget=day_input())
    last = forms.DateField(label=gettext_lazy("到"), required=False, widget=day_input())
    kind = forms.ChoiceField(
        label=gettext_lazy("分布类型"), required=False, choices=FileKind.choices
    )

    def __init__(self, data: Any, *, viewer: User) -> None:
        today = clock.today()
        start = today - timedelta(days=USUAL_DAYS)
        super().__init__({"first": start, "last": today, "kind": "person"} | data.dict())
        fields: dict[str, Any] = self.fields
        fields["area"].queryset = areas_of(viewer, *permissions.READERS)
        self.usual = (start, today)

    def wanted(self) -> tuple[Area | None, date, date, str]:
        """Will give area, first and last day, kind."""
        self.is_valid()
        found = self.cleaned_data
        first, last = found.get("first") or self.usual[0], found.get("last") or self.usual[1]
        if first > last:
            first, last = last, first
        return found.get("area"), first, last, found.get("kind") or FileKind.PERSON


@reader_required
@require_GET
def figure_page(request: HttpRequest) -> HttpResponse:
    """Five kinds, four figures each, and two rates; every number opens its rows."""
    viewer = actor_of(request)
    form = PeriodForm(request.GET, viewer=viewer)
    area, first, last, kind = form.wanted()
    path = area.path if area else ""
    top = area or _widest(viewer)
    below = figures.by_area(viewer, kind, top, last=last) if top else []
    parts = figures.by_domain(viewer, kind, last=last, area_path=path)
    base = {"first": first, "last": last} | ({"area": area.pk} if area else {})
    context = {
        "form": form,
        "first": first,
        "last": last,
        "kinds": figures.figures_of(viewer, first=first, last=last, area_path=path),
        "rates": figures.rates_of(viewer, last=last, area_path=path),
        "kind_label": FileKind(kind).label,
        "query": urlencode(base),
        "area_option": _bars(below),
        "area_rows": _linked(below, base | {"kind": kind}, "area"),
        "part_option": _bars(parts),
        "part_rows": _linked(parts, base | {"kind": kind}, "code"),
        "columns": [
            {"key": "label", "label": _("名称")},
            {"key": "count", "label": _("数量"), "is_number": True},
        ],
        "computed_at": clock.now(),
    }
    return render(request, "registry/figures.html", context)


def _widest(viewer: User) -> Area | None:
    return areas_of(viewer, *permissions.READERS).order_by("level__depth", "pk").first()


def _bars(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 16, "top": 16, "bottom": 64},
        "xAxis": {
            "type": "category",
            "data": [str(row["label"]) for row in rows],
            "axisLabel": {"rotate": 30},
        },
        "yAxis": {"type": "value"},
        "series": [{"type": "bar", "data": [row["count"] for row in rows]}],
    }


def _linked(rows: list[dict[str, Any]], base: dict[str, Any], key: str) -> list[dict[str, Any]]:
    address = reverse("registry:figure-rows")
    return [
        row | {"url": f"{address}?{urlencode(base | {key: row[key], 'figure': 'total'})}"}
        for row in rows
    ]


@reader_required
@require_GET
def lease_page(request: HttpRequest) -> HttpResponse:
    """Floating tenants of each cell on the first day of the last twelve months (RG-03)."""
    viewer = actor_of(request)
    form = FileFilterForm(request.GET, viewer=viewer)
    path = form.wanted()["area_path"]
    context = paged(request, leases.lease_cells(viewer, area_path=path))
    context |= {
        "rows": leases.trends_of(viewer, list(context["rows"])),
        "months": [f"{day:%Y-%m}" for day in month_starts(leases.MONTHS)],
        "form": form,
        "computed_at": clock.now(),
    }
    return render(request, "registry/leases.html", context)


@reader_required
@require_GET
def figure_rows(request: HttpRequest) -> HttpResponse:
    """The files behind a figure, masked."""
    viewer = actor_of(request)
    area, first, last, kind = PeriodForm(request.GET, viewer=viewer).wanted()
    files = figures.files_of(viewer, area_path=area.path if area else "")
    rate = request.GET.get("rate", "")
    if rate:
        files = files.filter(figures.open_on(last) & figures.missing_q(rate))
    else:
        figure = request.GET.get("figure", "total")
        files = files.filter(figures.condition_of(figure, first, last), kind=kind)
    if (code := request.GET.get("code")) is not None:
        files = files.filter(**{figures.DOMAINS[FileKind(kind)]: code})
    context = paged(request, with_details(files))
    context |= {
        "rows": [as_row(row) for row in context["rows"]],
        "first": first,
        "last": last,
        "kind_label": FileKind(kind).label,
        "back_url": reverse("registry:figures"),
    }
    return render(request, "registry/figure_rows.html", context)


def with_details(files: QuerySet[RegistryFile]) -> QuerySet[RegistryFile]:
    """Will read along what a list shows of each file, newest first."""
    found = files.select_related("area", *FileKind.values).defer("area__boundary")
    return found.order_by("-pk")


@holds(permissions.EXPORT)
@require_GET
def file_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, masked, as xlsx; more than one person takes alone needs a leave."""
    require(request, "personal.export")
    viewer = actor_of(request)
    files = _wanted(request)
    query, approved = exporting.kept_query(request.GET), request.GET.get("approved", "")
    if approved.isdecimal():
        change = approved_for(viewer, act=exporting.EXPORT_FILES, change_id=int(approved))
        if change.payload["query"] != query:
            raise NotAllowed(_("批准的是另一份清单，请从申请页面下载"))
        checker = change.checker.display_name if change.checker else ""
        return _sheet(viewer, exporting.approved_files(files, change.payload), query, checker)
    if exporting.is_many(files):
        return redirect(f"{reverse('registry:export-request')}?{query}")
    return _sheet(viewer, files[: exporting.EXPORT_MOST], query, "")


@holds(permissions.EXPORT)
@require_http_methods(["GET", "POST"])
def export_request(request: HttpRequest) -> HttpResponse:
    """Asks what so many files are for, and files the export for another's leave."""
    viewer = actor_of(request)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = _("导出用途")
    if request.method == "POST" and form.is_valid():
        require(request, "personal.export")
        try:
            proposal = exporting.proposal_of(
                viewer, _wanted(request), exporting.kept_query(request.GET)
            )
            change = approvals.file_change(viewer, proposal=proposal, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已提交，由另一人复核后可下载。"))
            return redirect("accounts:approval-detail", change.pk)
    context = {"form": form, "limit": settings.EXPORT_ALONE_LIMIT}
    return render(request, "registry/export_request.html", context, status=status_of(form))


def _wanted(request: HttpRequest) -> QuerySet[RegistryFile]:
    viewer = actor_of(request)
    reach = permissions.within_reach(viewer, permissions.EXPORT)
    wanted = FileFilterForm(request.GET, viewer=viewer).wanted()
    return selectors.list_files(viewer, **wanted).filter(reach)


def _sheet(
    viewer: User, files: QuerySet[RegistryFile], query: str, checker: str
) -> HttpResponseBase:
    rows = list(files)
    audit.record(
        viewer,
        "registry_files.exported",
        data={"query": query, "rows": len(rows), "checker": checker},
    )
    name = f"{_('人房企场物档案')}-{clock.today():%Y%m%d}"
    note = exporting.watermark(viewer, checker)
    return xlsx_response(name, exporting.export_columns(), rows, note=note)
