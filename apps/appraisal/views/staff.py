"""The rating of people and posts of a month: lines, what each was made of, an appeal. OP-17."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions, services
from apps.appraisal.enums import RunState, StaffFactKind, StaffKind, StaffPart
from apps.appraisal.forms import MonthForm, StaffAppealForm
from apps.appraisal.models import StaffFact, StaffLine
from apps.appraisal.schemes import read_terms
from apps.appraisal.selectors import staff as reads
from apps.appraisal.selectors.runs import find_run
from apps.appraisal.selectors.schemes import tenant_of
from apps.appraisal.services.appeals import MOST_FILES
from apps.appraisal.services.rating import read_rates
from apps.appraisal.views._common import duration, month_asked
from apps.audit import services as audit
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.files import store
from apps.common.pages import paged, put_into, status_of

readers = any_right(*permissions.STAFF_READERS)


@readers
@require_GET
def staff_list(request: HttpRequest) -> HttpResponse:
    """The people or posts of a month, as far as the viewer may see them; always oneself."""
    viewer, month, kind = actor_of(request), month_asked(request), _kind(request)
    run = find_run(tenant_of(viewer, permissions.STAFF_READERS), month)
    lines = reads.list_staff(viewer, run, kind) if run is not None else StaffLine.objects.none()
    found = paged(request, lines)
    here = reverse("appraisal:staff-list")
    context = found | {
        "rows": [(line, _shown(line)) for line in found["rows"]],
        "run": run,
        "parts": [part.label for part in StaffPart],
        "kind": kind,
        "tabs": [
            {
                "label": label,
                "url": f"{here}?{urlencode({'month': f'{month:%Y-%m}', 'kind': code})}",
                "current": code == kind,
            }
            for code, label in StaffKind.choices
        ],
        "form": MonthForm(initial={"month": month}),
        "month_value": f"{month:%Y-%m}",
        "is_watcher": permissions.is_watcher(viewer),
        "is_reader": any(viewer.has_perm(right) for right in permissions.READERS),
    }
    return render(request, "appraisal/staff_list.html", context)


@readers
@require_GET
def staff_export(request: HttpRequest) -> HttpResponseBase:
    """The same as a sheet; audited. Raises: NotFound (the month was not computed)."""
    viewer, month, kind = actor_of(request), month_asked(request), _kind(request)
    run = find_run(tenant_of(viewer, permissions.STAFF_READERS), month)
    if run is None:
        raise NotFound(_("该月还没有考核结果"))
    lines = list(reads.list_staff(viewer, run, kind))
    audit.record(viewer, "ops_staff.exported", data={"rows": len(lines), "kind": kind})
    columns = [
        Column(_("名次"), lambda one: one.place, 8),
        Column(StaffKind(kind).label, lambda one: one.name, 16),
        Column(_("单位"), lambda one: one.unit_name, 24),
        Column(_("岗位"), lambda one: one.post_name, 16),
        Column(_("人数"), lambda one: one.people, 8),
        Column(_("完成维修"), lambda one: one.repairs, 10),
        *(_part_column(part) for part in StaffPart),
        Column(_("得分"), lambda one: one.score, 10),
        Column(_("评定"), lambda one: one.get_grade_display(), 10),
        Column(_("未评定原因"), lambda one: one.why_unrated, 18),
    ]
    return xlsx_response(f"{_('人员与岗位评定')}-{month:%Y-%m}", columns, lines)


@readers
@require_GET
def staff_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """One person or post: each part with what it was made of, and every row."""
    viewer = actor_of(request)
    line = reads.get_staff_line(viewer, line_id)
    run = line.of.run
    found = paged(request, reads.facts_of_staff(line))
    is_open = run.state == RunState.APPEALING
    context = found | {
        "line": line,
        "run": run,
        "weights": read_terms(line.of.scheme.body).staff,
        "parts": _shown(line),
        "rows": [
            {
                "fact": fact,
                "said": _said(fact),
                "may_appeal": is_open
                and line.kind == StaffKind.PERSON
                and reads.may_appeal(viewer, line, fact),
            }
            for fact in found["rows"]
        ],
        "back": f"{reverse('appraisal:staff-list')}?month={run.month:%Y-%m}&kind={line.kind}",
    }
    return render(request, "appraisal/staff_line.html", context)


@readers
@require_http_methods(["GET", "POST"])
def staff_appeal(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Says on evidence that a row should not be held against somebody."""
    actor = actor_of(request)
    fact, line = reads.get_staff_fact(actor, fact_id)
    form = StaffAppealForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        uploads = request.FILES.getlist("evidence")
        try:
            if len(uploads) > MOST_FILES:
                raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")
            services.file_staff_appeal(
                actor, fact_id=fact.pk, reason=form.cleaned_data["reason"],
                files=[store(one, allow=frozenset({"image", "document"})) for one in uploads],
            )  # fmt: skip
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已提交申诉，等待裁定"))
            return redirect("appraisal:staff-line", line_id=line.pk)
    context = {"form": form, "fact": fact, "line": line, "said": _said(fact)}
    return render(request, "appraisal/staff_appeal.html", context, status=status_of(form))


def _kind(request: HttpRequest) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in StaffKind.values else StaffKind.PERSON.value


def _shown(line: StaffLine) -> list[dict[str, Any]]:
    rates = read_rates(line.rates)
    return [
        {"code": part.value, "label": part.label, "percent": rates[part].percent,
         "good": rates[part].good, "due": rates[part].due}
        for part in StaffPart
    ]  # fmt: skip


def _part_column(part: StaffPart) -> Column:
    return Column(f"{part.label}{_('（%）')}", lambda one: read_rates(one.rates)[part].percent, 14)


def _said(fact: StaffFact) -> str:
    """What a row says, in words."""
    told = fact.detail
    match fact.kind:
        case StaffFactKind.REPAIR:
            late = {True: _("超时"), False: _("按时"), None: _("未判定时限")}[told["late"]]
            return _("修复用时 %(took)s，费用 %(cost).2f 元，%(late)s") % {
                "took": duration(told["seconds"]), "cost": told["cents"] / 100, "late": late,
            }  # fmt: skip
        case StaffFactKind.COURSE:
            return _("月末有有效的考核记录") if told["is_valid"] else _("月末没有有效的考核记录")
    limits = [
        _("数量 %s 单") % told["quantity"] if told["quantity"] is not None else "",
        _("平均修复不超过 %s 小时") % told["hours"] if told["hours"] is not None else "",
        _("费用不超过 %.2f 元") % (told["cents"] / 100) if told["cents"] is not None else "",
    ]
    return "，".join(limit for limit in limits if limit)
