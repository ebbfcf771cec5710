"""The quarterly review of rights nobody used."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.audit.services import record
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.models import ReviewRow
from apps.personnel.selectors import plans
from apps.personnel.services import reviewing
from apps.personnel.views._common import UserRequest, asked, personnel_page


@personnel_page
@require_GET
def review_list(request: UserRequest) -> HttpResponse:
    """What the viewer's units have to answer, and who has not."""
    filters = asked(request)
    context = paged(request, plans.list_reviews(request.user, **filters))
    context |= {
        "filters": filters,
        "states": [("open", _("未完成")), ("answered", _("已完成"))],
        "today": clock.today(),
    }
    return render(request, "personnel/review_list.html", context)


@personnel_page
@require_GET
def review_detail(request: UserRequest, pk: int) -> HttpResponse:
    """The rows of one unit."""
    found = plans.get_review(request.user, pk)
    context = {
        "review": found,
        "rows": plans.rows_of(found),
        "may": permissions.can_ask(request.user, found.unit) and found.answered_at is None,
    }
    return render(request, "personnel/review_detail.html", context)


@personnel_page
@require_POST
def review_answer(request: UserRequest, pk: int) -> HttpResponse:
    """Keeps or takes back the chosen rows."""
    plans.get_review(request.user, pk)
    rows = [int(key) for key in request.POST.getlist("chosen") if key.isdecimal()]
    tell(
        request,
        lambda: reviewing.answer(
            request.user,
            review_id=pk,
            row_ids=rows,
            verdict=request.POST.get("verdict", ""),
            reason=request.POST.get("reason", ""),
        ),
        done=_("已复核 %(count)s 项。") % {"count": len(rows)},
    )
    return redirect("personnel:review-detail", pk)


@personnel_page
@require_GET
def review_export(request: UserRequest) -> HttpResponseBase:
    """Everything the viewer sees of the reviews, as a sheet."""
    reviews = plans.list_reviews(request.user, **asked(request))
    rows = (
        ReviewRow.objects.filter(review__in=reviews.values("pk"))
        .select_related("review__round", "review__unit", "person")
        .order_by("-review__round__quarter", "review__unit__path", "post_name", "pk")
    )
    record(request.user, "review.exported", object_type="personnel.review")
    columns = [
        Column(_("季度"), lambda row: row.review.round.quarter),
        Column(_("单位"), lambda row: row.review.unit.name, 30),
        Column(_("姓名"), lambda row: row.person.full_name),
        Column(_("岗位"), lambda row: row.post_name, 40),
        Column(_("未使用的权限"), lambda row: series(row.unused), 60),
        Column(_("最近使用"), lambda row: row.last_used_at, 18),
        Column(_("结论"), lambda row: row.get_verdict_display() or _("未复核"), 10),
        Column(_("理由"), lambda row: row.reason, 40),
        Column(_("复核人"), lambda row: row.decided_by_name),
        Column(_("复核时间"), lambda row: row.decided_at, 18),
    ]
    return xlsx_response(_("权限复核"), columns, rows.iterator(chunk_size=500))
