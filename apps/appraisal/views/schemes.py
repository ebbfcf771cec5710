"""Schemes: versions, the editor with what a change of weights would do, the second person."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions, services
from apps.appraisal.enums import Cause, Indicator, SchemeState, StaffPart, SubjectKind
from apps.appraisal.forms import SchemeForm
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.appraisal.schemes import read_terms, read_weights
from apps.appraisal.selectors import schemes as reads
from apps.appraisal.selectors.whatif import Moved, what_if
from apps.assets.models import AssetClass
from apps.common.errors import DomainError
from apps.common.pages import put_into, status_of, take, tell

readers = any_right(*permissions.WATCHERS)


@readers
@require_GET
def scheme_list(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    viewer = actor_of(request)
    context = {
        "schemes": [
            (one, _weights(one.body)) for one in reads.list_schemes(reads.tenant_of(viewer))[:100]
        ],
        "indicators": [Indicator(code).label for code in INDICATORS],
        "may_draft": viewer.has_perm(permissions.KEEP),
    }
    return render(request, "appraisal/scheme_list.html", context)


@any_right(permissions.KEEP)
@require_http_methods(["GET", "POST"])
def scheme_new(request: HttpRequest) -> HttpResponse:
    """Writes a new version; "try" shows what its weights would do to the last month instead."""
    actor = actor_of(request)
    tenant = reads.tenant_of(actor)
    newest = reads.list_schemes(tenant).first()
    form = SchemeForm(request.POST or None, initial=_initial(newest.body if newest else {}))
    tried: list[Moved] | None = None
    kind = request.POST.get("kind", "")
    kind = kind if kind in SubjectKind.values else SubjectKind.DISTRICT.value
    if form.is_valid() and "try" in request.POST:
        tried = take(
            form,
            lambda: what_if(actor, tenant, weights=read_weights(form.body["weights"]), kind=kind),
        )
    elif form.is_valid():
        told = form.cleaned_data
        try:
            made = services.draft_scheme(
                actor, tenant=tenant, name=told["name"], basis=told["basis"], body=form.body,
                effective_from=told["effective_from"],
            )  # fmt: skip
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect("appraisal:scheme", scheme_id=made.pk)
    context = {
        "form": form,
        "tried": tried,
        "kind": kind,
        "kinds": SubjectKind.choices,
        "indicators": INDICATORS,
    }
    return render(request, "appraisal/scheme_form.html", context, status=status_of(form))


@readers
@require_GET
def scheme_detail(request: HttpRequest, scheme_id: int) -> HttpResponse:
    """One version in words, and what may be done with it."""
    viewer = actor_of(request)
    scheme = reads.get_scheme(viewer, scheme_id)
    terms = read_terms(scheme.body)
    kinds = AssetClass.objects.filter(code__in=terms.kinds).values_list("name", flat=True)
    context = {
        "scheme": scheme,
        "terms": terms,
        "weights": [
            (Indicator(code).label, _FORMULAS[code], terms.weights.of(code)) for code in INDICATORS
        ],
        "staff_weights": [
            (part.label, _STAFF_FORMULAS[part], terms.staff[part]) for part in StaffPart
        ],
        "excused": [Cause(code).label for code in Cause.values if code in terms.excused],
        "kinds": list(kinds),
        "may_submit": scheme.state == SchemeState.DRAFT and viewer.has_perm(permissions.KEEP),
        "may_decide": scheme.state == SchemeState.SUBMITTED
        and viewer.has_perm(permissions.PUBLISH)
        and viewer.pk != scheme.author_id,
    }
    return render(request, "appraisal/scheme_detail.html", context)


@any_right(permissions.KEEP, permissions.PUBLISH)
@require_POST
def scheme_deed(request: HttpRequest, scheme_id: int, deed: str) -> HttpResponse:
    """Submits, publishes or sends back a version."""
    actor = actor_of(request)
    scheme = reads.get_scheme(actor, scheme_id)

    def decide(publish: bool) -> Any:
        return services.decide_scheme(actor, scheme_id=scheme.pk, publish=publish)

    deeds = {
        "submit": (lambda: services.submit_scheme(actor, scheme_id=scheme.pk), _("已送审")),
        "publish": (lambda: decide(True), _("已发布")),
        "send-back": (lambda: decide(False), _("已退回编制人")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("appraisal:scheme", scheme_id=scheme.pk)


#: Each formula in words, as ``reckoning.month`` counts it.
_FORMULAS = {
    "online": gettext_lazy(
        "在线时长 ÷（在线时长 + 计入的中断时长）；计划内、不计入的原因和无法判明的时间都不计"
    ),
    "recording": gettext_lazy(
        "有录像的秒数 ÷ 应有录像的秒数，逐小时计；计划内和不计入的时间、录像机未应答的小时不计"
    ),
    "repair": gettext_lazy("按时限修复的工单 ÷ 时限落在当月的工单；计划内和不计入原因的工单不计"),
    "picture": gettext_lazy("无异常的诊断 ÷ 能够判断的诊断；计划内和不计入的时间不计"),
}


_STAFF_FORMULAS = {
    StaffPart.QUANTITY: gettext_lazy("完成的维修 ÷ 岗位指标的数量，最高 100"),
    StaffPart.TIME: gettext_lazy("岗位指标的时长 ÷ 平均修复时长，最高 100；挂起的时间不计"),
    StaffPart.COST: gettext_lazy("岗位指标的费用 ÷ 人工和配件费用，最高 100"),
    StaffPart.ON_TIME: gettext_lazy("按时限修复的工单 ÷ 已判定时限的工单"),
    StaffPart.ABILITY: gettext_lazy("月末有效的培训考核 ÷ 岗位要求的培训考核"),
}


def _weights(body: dict[str, Any]) -> list[int]:
    return [body["weights"][code] for code in INDICATORS]


def _initial(body: dict[str, Any]) -> dict[str, Any]:
    """The newest version, as the start of the next."""
    if not body:
        return {"excused": ["power", "works"]}
    staff = {f"staff_{part}": weight for part, weight in body.get("staff", {}).items()}
    rest = {name: body[name] for name in body if name not in {"weights", "staff"}}
    return {**body["weights"], **staff, **rest}
