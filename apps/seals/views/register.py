"""The register of seals: list, application, one seal with its life and its users."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance import demands
from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.seals import permissions, selectors, services
from apps.seals.forms import (
    CertificateForm,
    FilingForm,
    GrantForm,
    ReasonForm,
    SealFilterForm,
    SealForm,
)
from apps.seals.models import Seal
from apps.seals.views._common import reader_of, tabs

#: Deeds of one button, or a button and a reason; what is said when done.
PLAIN: dict[str, tuple[Callable[..., Any], Any]] = {
    "approve": (services.approve_seal, gettext_lazy("已批准，可以制作")),
    "activate": (services.activate_seal, gettext_lazy("已启用")),
    "approve-ending": (services.approve_ending, gettext_lazy("已批准销毁，密钥即将销毁")),
}
REASONED: dict[str, tuple[Callable[..., Any], Any]] = {
    "refuse": (services.refuse_seal, gettext_lazy("未批准")),
    "make": (services.order_making, gettext_lazy("已安排制作，完成后请备案")),
    "suspend": (services.suspend_seal, gettext_lazy("已停用")),
    "resume": (services.resume_seal, gettext_lazy("已恢复使用")),
    "ask-ending": (services.ask_ending, gettext_lazy("已提出销毁，须另一人批准")),
}


@login_required
@require_GET
def seal_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the seals."""
    viewer = reader_of(request)
    form = SealFilterForm(request.GET)
    context = paged(request, selectors.list_seals(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs(viewer, "seal-list"),
        "may_apply": viewer.has_perm(permissions.APPLY),
    }
    return render(request, "seals/seal_list.html", context)


@login_required
@require_GET
def seal_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_seals(viewer, **SealFilterForm(request.GET).wanted())
    audit.record(viewer, "seals.exported", data={"count": rows.count()})
    columns = [
        Column(_("编码"), lambda s: s.code, 14),
        Column(_("印章名称"), lambda s: s.name, 30),
        Column(_("类别"), lambda s: s.get_kind_display(), 14),
        Column(_("所属单位"), lambda s: s.unit.name, 28),
        Column(_("签名算法"), lambda s: s.get_algorithm_display(), 22),
        Column(_("状态"), lambda s: s.get_state_display(), 10),
        Column(_("备案编号"), lambda s: s.filing_number, 20),
        Column(_("备案日期"), lambda s: s.filed_on, 14),
        Column(_("需处理事项"), lambda s: s.attention, 40),
    ]
    return xlsx_response(f"{_('电子印章')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def seal_apply(request: HttpRequest) -> HttpResponse:
    """An application for a seal."""
    viewer = reader_of(request, permissions.APPLY)
    form = SealForm(request.POST or None, request.FILES or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        seal = take(form, lambda: services.apply_seal(viewer, new=form.new()))
        if seal is not None:
            messages.success(request, _("已提交申请，须另一人审批"))
            return redirect("seals:seal-detail", pk=seal.pk)
    context = {"form": form}
    return render(request, "seals/seal_apply.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def seal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One seal: impression, certificate, who may use it, what happened to it."""
    viewer = reader_of(request)
    seal = selectors.get_seal(viewer, pk=pk)
    return render(request, "seals/seal_detail.html", _shown(viewer, seal))


@login_required
@require_GET
def seal_label(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet to print for the folder or the key disk of a seal."""
    viewer = reader_of(request)
    seal = selectors.get_seal(viewer, pk=pk)
    issue = seal.issues.filter(ended_at__isnull=True).first()
    return render(request, "seals/seal_label.html", {"seal": seal, "issue": issue})


@login_required
@require_GET
def seal_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The impression, for whoever sees the seal."""
    viewer = reader_of(request)
    seal = selectors.get_seal(viewer, pk=pk)
    response = HttpResponse(bytes(seal.picture), content_type="image/png")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_GET
def seal_request(request: HttpRequest, pk: int) -> HttpResponse:
    """The request for a certificate, for the city's authority."""
    viewer = reader_of(request, permissions.KEEP)
    seal = selectors.get_seal(viewer, pk=pk)
    permissions.require_over(viewer, permissions.KEEP, seal.unit)
    if not seal.pending_request:
        raise Http404
    response = HttpResponse(seal.pending_request, content_type="application/pkcs10")
    response["Content-Disposition"] = f'attachment; filename="{seal.code}.csr"'
    return response


@login_required
@require_POST
def seal_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """One step of a seal's life."""
    viewer = reader_of(request)
    selectors.get_seal(viewer, pk=pk)
    demands.require(request, "seal.keep")
    if deed in PLAIN:
        do, done = PLAIN[deed]
        tell(request, lambda: do(viewer, seal_id=pk), done=str(done))
    elif deed in REASONED:
        do, done = REASONED[deed]
        reason = request.POST.get("reason", "")
        tell(request, lambda: do(viewer, seal_id=pk, reason=reason), done=str(done))
    else:
        raise Http404
    return redirect("seals:seal-detail", pk=pk)


@login_required
@require_POST
def seal_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The filing of a seal."""
    viewer = reader_of(request, permissions.KEEP)
    seal = selectors.get_seal(viewer, pk=pk)
    form = FilingForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        filed = take(form, lambda: services.file_seal(viewer, seal_id=pk, **given))
        if filed is not None:
            messages.success(request, _("已备案，可以启用"))
            return redirect("seals:seal-detail", pk=pk)
    return render(
        request, "seals/seal_detail.html", _shown(viewer, seal) | {"filing": form}, status=422
    )


@login_required
@require_POST
def seal_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """A certificate from the city's authority."""
    viewer = reader_of(request, permissions.KEEP)
    seal = selectors.get_seal(viewer, pk=pk)
    form = CertificateForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["certificate"].read(65536)
        if take(
            form,
            lambda: services.bring_certificate(viewer, seal_id=pk, certificate=content),
        ):
            messages.success(request, _("已收到证书，正在装入"))
            return redirect("seals:seal-detail", pk=pk)
    return render(
        request, "seals/seal_detail.html", _shown(viewer, seal) | {"bringing": form}, status=422
    )


@login_required
@require_POST
def grant_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A post that may use the seal."""
    viewer = reader_of(request, permissions.KEEP)
    seal = selectors.get_seal(viewer, pk=pk)
    form = GrantForm(request.POST, seal=seal)
    if form.is_valid():
        granted = take(form, lambda: services.grant_use(viewer, seal_id=pk, new=form.new()))
        if granted is not None:
            messages.success(request, _("已授权"))
            return redirect("seals:seal-detail", pk=pk)
    return render(
        request, "seals/seal_detail.html", _shown(viewer, seal) | {"granting": form}, status=422
    )


@login_required
@require_POST
def grant_end(request: HttpRequest, pk: int, grant_id: int) -> HttpResponse:
    """A grant that is taken back."""
    viewer = reader_of(request, permissions.KEEP)
    seal = selectors.get_seal(viewer, pk=pk)
    if seal.grants.filter(pk=grant_id).exists():
        tell(request, lambda: services.end_grant(viewer, grant_id=grant_id), done=_("已收回授权"))
    return redirect("seals:seal-detail", pk=pk)


def _shown(viewer: User, seal: Seal) -> dict[str, Any]:
    issues = seal.issues.select_related("made_by").defer("picture", "structure")
    return {
        "seal": seal,
        "issue": issues.filter(ended_at__isnull=True).first(),
        "issues": issues,
        "events": seal.events.all()[:100],
        "grants": seal.grants.select_related("post__organization", "granted_by"),
        "media": seal.media.all(),
        "may_keep": permissions.may_over(viewer, permissions.KEEP, seal.unit),
        "may_approve": permissions.may_over(viewer, permissions.APPROVE, seal.unit),
        "is_applicant": seal.applied_by_id == viewer.pk,
        "asked_ending": seal.ending_asked_by_id == viewer.pk,
        "filing": FilingForm(),
        "granting": GrantForm(seal=seal),
        "bringing": CertificateForm(),
        "reasoning": ReasonForm(),
    }
