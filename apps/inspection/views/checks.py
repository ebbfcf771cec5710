"""The checks a colleague was drawn for, their results, and publication."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.files import file_response
from apps.common.pages import paged, status_of, tell
from apps.inspection import permissions, services
from apps.inspection.enums import ItemResult
from apps.inspection.forms import ResultForm, ReturnForm
from apps.inspection.models import CheckResult, DrawResult
from apps.inspection.selectors import draws
from apps.inspection.selectors.register import shown_name, unit_for
from apps.inspection.views._common import stored_of
from apps.matters.selectors import visible_cases

CHECKERS = (permissions.RECORD, permissions.PUBLISH)


@login_required
@require_GET
def check_list(request: HttpRequest) -> HttpResponse:
    """One's own checks, open ones first; for publishers also what waits for publication."""
    viewer = actor_of(request)
    if not any(viewer.has_perm(right) for right in CHECKERS):
        raise NotAllowed(_("您没有检查任务"))
    found = paged(request, draws.list_checks_of(viewer))
    rows = [(one, shown_name(one.supervised)) for one in found.pop("rows")]
    waiting = draws.list_unpublished(viewer)[:50] if viewer.has_perm(permissions.PUBLISH) else []
    context = found | {
        "rows": rows,
        "is_publisher": viewer.has_perm(permissions.PUBLISH),
        "is_inspector": viewer.has_perm(permissions.RECORD),
        "waiting": [(one, shown_name(one.result.supervised)) for one in waiting],
    }
    return render(request, "inspection/check_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def check_detail(request: HttpRequest, result_id: int) -> HttpResponse:
    """One check: whom, where, who; the form for its result, then the result."""
    viewer = actor_of(request)
    result = draws.get_result(viewer, result_id)
    check: CheckResult | None = getattr(result, "check_result", None)
    case = result.case
    body = case.version.body if case is not None else {}
    legal_items = body.get("kind_parts", {}).get("legal_items", [])
    may_record = check is None and case is not None and permissions.can_record(viewer, result)
    before = draws.returned_of(result).first()
    form = ResultForm(
        request.POST or None,
        request.FILES or None,
        legal_items=legal_items,
        initial=ResultForm.initial_of(before) if before is not None else {},
    )
    if request.method == "POST" and form.is_valid() and _record(request, result, form):
        return redirect("inspection:check-detail", result_id=result.pk)
    returned = list(draws.returned_of(result))
    context = {
        "result": result,
        "name": shown_name(result.supervised),
        "responsible": unit_for(result.supervised, result.draw.plan.matter_type_id),
        "check": check,
        "items": _items(legal_items, check),
        "returned": [(one, _items(legal_items, one)) for one in returned],
        "return_form": ReturnForm(auto_id="return_%s"),
        "form": form,
        "may_record": may_record and not (case and case.is_ended),
        "may_publish": check is not None
        and check.published_at is None
        and permissions.can_publish(viewer, check),
        "sees_case": case is not None and visible_cases(viewer).filter(pk=case.pk).exists(),
    }
    return render(request, "inspection/check_detail.html", context, status=status_of(form))


def _items(legal_items: list[dict[str, str]], check: CheckResult | None) -> list[tuple[str, str]]:
    if check is None:
        return []
    labels = dict(ItemResult.choices)
    return [
        (item["label"], str(labels.get(check.items.get(item["code"], ""), "—")))
        for item in legal_items
    ]


def _record(request: HttpRequest, result: DrawResult, form: ResultForm) -> bool:
    try:
        file, name = stored_of(form)
        services.record_result(
            actor_of(request), result_id=result.pk, new=form.result(file=file, file_name=name)
        )
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        field = next(iter(form.items_of), None) if error.field == "items" else error.field
        form.add_error(field if field in form.fields else None, str(error))
        return False
    messages.success(request, _("检查结果已登记，待公示"))
    return True


@login_required
@require_POST
def check_publish(request: HttpRequest, result_id: int) -> HttpResponse:
    """Puts a result before the public."""
    actor = actor_of(request)
    result = draws.get_result(actor, result_id)
    tell(
        request,
        lambda: services.publish_result(actor, result_id=result.pk),
        done=_("结果已公示，已计入信用记录"),
    )
    return redirect("inspection:check-detail", result_id=result.pk)


@login_required
@require_POST
def check_return(request: HttpRequest, result_id: int) -> HttpResponse:
    """Sends a result back to its inspectors."""
    actor = actor_of(request)
    result = draws.get_result(actor, result_id)
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: services.return_result(actor, result_id=result.pk, reason=reason),
        done=_("已退回检查人员更正"),
    )
    return redirect("inspection:check-detail", result_id=result.pk)


@login_required
@require_GET
def check_file(
    request: HttpRequest, result_id: int, version: int | None = None
) -> HttpResponseBase:
    """The record sheet of a check, or of a version that was sent back."""
    result = draws.get_result(actor_of(request), result_id)
    check: CheckResult | None = getattr(result, "check_result", None)
    if version is not None:
        check = result.checks.filter(version=version).select_related("file").first()
    if check is None or check.file is None:
        raise NotFound(_("没有检查记录表"))
    return file_response(check.file, download_name=check.file_name)
