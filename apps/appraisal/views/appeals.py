"""The appeals desk: filing against a counted row, ruling, evidence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions, services
from apps.appraisal.enums import AppealState
from apps.appraisal.forms import AppealForm, RulingForm
from apps.appraisal.selectors import runs as reads
from apps.appraisal.services.appeals import MOST_FILES
from apps.appraisal.views._common import cause_label
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.files import file_response, store
from apps.common.pages import paged, put_into, status_of, tell

readers = any_right(*permissions.STAFF_READERS)


@any_right(permissions.FILE)
@require_http_methods(["GET", "POST"])
def appeal_new(request: HttpRequest, fact_id: int) -> HttpResponse:
    """Says that a row should not count, or for another cause, on evidence."""
    actor = actor_of(request)
    fact, point = reads.get_fact(actor, fact_id)
    form = AppealForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        told = form.cleaned_data
        uploads = request.FILES.getlist("evidence")
        try:
            if len(uploads) > MOST_FILES:
                raise InvalidInput(_("请附 1 至 9 份证据"), field="evidence")
            services.file_appeal(
                actor,
                fact_id=fact.pk,
                wish=told["wish"],
                cause=told["cause"],
                reason=told["reason"],
                files=[store(one, allow=frozenset({"image", "document"})) for one in uploads],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已提交申诉，等待裁定"))
            return redirect("appraisal:appeal-list")
    context = {"form": form, "fact": fact, "point": point, "run": fact.of.run}
    return render(request, "appraisal/appeal_form.html", context, status=status_of(form))


@readers
@require_GET
def appeal_list(request: HttpRequest) -> HttpResponse:
    """Appeals the viewer rules on, watches or filed, waiting ones first."""
    viewer = actor_of(request)
    found = paged(request, reads.list_appeals(viewer))
    may_rule = viewer.has_perm(permissions.RULE)
    shown = [
        {
            "appeal": one,
            "cause": cause_label(one.cause) if one.cause else "",
            "may_rule": may_rule
            and one.state == AppealState.PENDING
            and one.filed_by_id != viewer.pk,
        }
        for one in found.pop("rows")
    ]
    return render(request, "appraisal/appeal_list.html", found | {"appeals": shown})


@any_right(permissions.RULE)
@require_POST
def appeal_rule(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """Rules on an appeal."""
    actor = actor_of(request)
    reads.get_appeal(actor, appeal_id)
    form = RulingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写裁定意见"))
        return redirect("appraisal:appeal-list")
    told = form.cleaned_data
    tell(
        request,
        lambda: services.rule_appeal(
            actor, appeal_id=appeal_id, grant=told["grant"], ruling=told["ruling"]
        ),
        done=_("已裁定，重新计算后生效"),
    )
    return redirect("appraisal:appeal-list")


@readers
@require_GET
def appeal_file(request: HttpRequest, appeal_id: int, file_id: int) -> HttpResponseBase:
    """A piece of evidence. Raises: NotFound."""
    appeal = reads.get_appeal(actor_of(request), appeal_id)
    found = appeal.evidence.filter(pk=file_id).first()
    if found is None:
        raise NotFound(_("没有这份证据"))
    return file_response(found, download_name=found.sha256[:12])
