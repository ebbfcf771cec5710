"""The cycle of a year: plan, do, check, improve, field by field. Source: OP-26."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import do_named, paged, status_of, take
from apps.upkeep import permissions, selectors, services
from apps.upkeep.enums import ItemState
from apps.upkeep.forms import (
    CheckForm,
    EvidenceForm,
    ImprovementForm,
    ItemForm,
    MoveForm,
    OutcomeForm,
    YearForm,
)
from apps.upkeep.models import CycleItem
from apps.upkeep.views._common import reader_of, tabs
from apps.upkeep.views.exercises import EXPORT_MOST


@login_required
@require_http_methods(["GET", "POST"])
def cycle_list(request: HttpRequest) -> HttpResponse:
    """The plan of a year with where each field stands, and an item to plan."""
    viewer = reader_of(request)
    narrowed, year, narrow = _asked(request)
    form = ItemForm(request.POST or None, viewer=viewer)
    if form.is_valid():
        made = take(form, lambda: services.plan_item(viewer, new=form.new(year)))
        if made:
            return redirect("upkeep:cycle-detail", made.pk)
    chosen = {"year": str(year), **{name: value for name, value in narrow.items() if value}}
    context = paged(request, selectors.list_items(year, **narrow)) | {
        "form": form,
        "filter": narrowed,
        "year": year,
        "counts": selectors.count_year(year),
        "query": urlencode(chosen),
        "today": clock.today(),
        "may_keep": permissions.can_keep(viewer),
        "tabs": tabs(viewer, "cycle-list"),
    }
    return render(request, "upkeep/cycle_list.html", context, status=status_of(form))


@login_required
@require_GET
def cycle_export(request: HttpRequest) -> HttpResponseBase:
    """The plan of a year as a sheet; audited."""
    viewer = reader_of(request)
    _form, year, narrow = _asked(request)
    rows = list(selectors.list_items(year, **narrow)[:EXPORT_MOST])
    audit.record(viewer, "cycle_items.exported", object_type="upkeep.cycle_item",
                 data={"count": len(rows), "year": year})  # fmt: skip
    columns = [
        Column(_("领域"), lambda one: one.get_field_display(), 10),
        Column(_("计划事项"), lambda one: one.title, 30),
        Column(_("目标"), lambda one: one.goal, 30),
        Column(_("责任人"), lambda one: one.owner.display_name, 12),
        Column(_("完成期限"), lambda one: one.due_on, 12),
        Column(_("状态"), lambda one: one.get_state_display(), 10),
        Column(_("执行情况"), lambda one: one.outcome, 30),
        Column(_("佐证"), lambda one: "；".join(e.label for e in one.evidence.all()), 40),
        Column(_("检查结论"), lambda one: one.get_verdict_display(), 10),
        Column(_("检查发现"), lambda one: one.finding, 30),
        Column(_("检查人"), lambda one: one.checker and one.checker.display_name, 12),
        Column(_("改进事项"), lambda one: "；".join(map(str, one.improvements.all())), 40),
        Column(_("闭环时间"), lambda one: one.closed_at, 20),
    ]
    return xlsx_response(f"{_('年度运维计划')}-{year}", columns, rows)


@login_required
@require_GET
def cycle_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item from plan to improvement."""
    return _page(request, selectors.get_item(pk))


@login_required
@require_POST
def cycle_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One deed on an item, named by the address."""
    viewer = reader_of(request)
    item = selectors.get_item(pk)
    here = redirect("upkeep:cycle-detail", pk)
    if deed == "close":
        done = {"close": (services.close_item, _("事项已闭环"))}
        do_named(request, deed, done, item_id=pk)
        return here
    if deed == "drop":
        done_so = {"drop": (services.drop_item, _("已删除计划事项"))}
        do_named(request, deed, done_so, item_id=pk)
        still_there = CycleItem.objects.filter(pk=pk).exists()
        listed = f"{reverse('upkeep:cycle-list')}?year={item.year}"
        return here if still_there else redirect(listed)
    forms_of = _forms(viewer, item, request.POST)
    if deed not in forms_of:
        raise Http404
    form = forms_of[deed]
    if form.is_valid() and take(form, lambda: _do(viewer, pk, deed, form)):
        messages.success(request, _("已保存"))
        return here
    return _page(request, item, deed, form)


def _asked(request: HttpRequest) -> tuple[YearForm, int, dict[str, str]]:
    form = YearForm(request.GET or None, years=selectors.years_of_plans())
    year, narrow = form.wanted(clock.today().year)
    form.initial["year"] = year
    return form, year, narrow


def _forms(viewer: User, item: CycleItem, data: Any = None) -> dict[str, Any]:
    """The forms of an item by deed, bound to what came."""
    begin: dict[str, Any] = (
        {"initial": {"field": item.field, "due_on": item.due_on}} if data is None else {}
    )
    return {
        "move": MoveForm(data, auto_id="move_%s", **begin),
        "evidence": EvidenceForm(data, viewer=viewer, year=item.year, auto_id="evidence_%s"),
        "do": OutcomeForm(data, auto_id="do_%s"),
        "check": CheckForm(data, auto_id="check_%s"),
        "improvement": ImprovementForm(data, viewer=viewer, auto_id="improvement_%s", **begin),
    }


def _do(viewer: User, pk: int, deed: str, form: Any) -> Any:
    match deed:
        case "evidence":
            return services.link_evidence(viewer, item_id=pk, **form.chosen())
        case "improvement":
            return services.add_improvement(viewer, new=form.new(), item_id=pk)
        case "do":
            return services.do_item(viewer, item_id=pk, **form.cleaned_data)
        case "move":
            return services.move_item(viewer, item_id=pk, **form.cleaned_data)
    return services.check_item(viewer, item_id=pk, **form.cleaned_data)


def _page(
    request: HttpRequest, item: CycleItem, deed: str = "", bound: forms.Form | None = None
) -> HttpResponse:
    viewer = reader_of(request)
    shown = _forms(viewer, item)
    if bound is not None:
        shown[deed] = bound
    keeps = permissions.can_keep(viewer)
    may_do = keeps or item.owner_id == viewer.pk
    context = {
        "item": item,
        "evidence": item.evidence.all(),
        "improvements": item.improvements.select_related("owner").order_by("due_on", "pk"),
        "forms": shown,
        "bound": bound,
        "today": clock.today(),
        "may_keep": keeps,
        "may_link": may_do and item.state != ItemState.CLOSED,
        "may_do": may_do and item.state == ItemState.PLANNED,
        "may_check": keeps and item.state == ItemState.DONE and item.owner_id != viewer.pk,
        "may_improve": keeps and item.state == ItemState.CHECKED,
    }
    return render(request, "upkeep/cycle_detail.html", context, status=422 if bound else 200)
