"""Key media, the log of uses, and the key stores' journal beside it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.reach import admin_reach
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, take, tell
from apps.seals import permissions, selectors, services
from apps.seals.forms import LendForm, LogFilterForm, MediumFilterForm, MediumForm
from apps.seals.views._common import reader_of, tabs

LOGGED = (permissions.KEEP, permissions.VIEW, permissions.APPROVE, "audit.read_audit")


@login_required
@require_http_methods(["GET", "POST"])
def medium_list(request: HttpRequest) -> HttpResponse:
    """The register of key media, and a form for a new one."""
    viewer = reader_of(request, permissions.KEEP, permissions.VIEW)
    may_keep = viewer.has_perm(permissions.KEEP)
    form = MediumForm(request.POST or None, viewer=viewer)
    if request.method == "POST":
        permissions.require_right(viewer, permissions.KEEP)
        if form.is_valid():
            issued = take(form, lambda: services.issue_medium(viewer, new=form.new()))
            if issued is not None:
                messages.success(request, _("已登记密钥介质"))
                return redirect("seals:medium-list")
    filters = MediumFilterForm(request.GET)
    context = paged(request, selectors.list_media(viewer, **filters.wanted())) | {
        "filters": filters,
        "form": form,
        "tabs": tabs(viewer, "medium-list"),
        "may_keep": may_keep,
    }
    status = 422 if form.errors else 200
    return render(request, "seals/medium_list.html", context, status=status)


@login_required
@require_GET
def medium_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One medium: where it is and where it was."""
    viewer = reader_of(request, permissions.KEEP, permissions.VIEW)
    medium = selectors.get_medium(viewer, pk=pk)
    seals = selectors.list_seals(viewer).filter(unit=medium.unit)
    context = {
        "medium": medium,
        "events": medium.events.all(),
        "lending": LendForm(),
        "seals": seals,
        "may_keep": permissions.may_over(viewer, permissions.KEEP, medium.unit),
    }
    return render(request, "seals/medium_detail.html", context)


@login_required
@require_POST
def medium_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Bound, lent, returned, lost, revoked."""
    viewer = reader_of(request, permissions.KEEP)
    medium = selectors.get_medium(viewer, pk=pk)
    reason = request.POST.get("reason", "")
    if deed == "bind":
        code = request.POST.get("seal", "")
        seal = selectors.list_seals(viewer).filter(code=code).first()
        if seal is None:
            messages.error(request, _("请选择印章"))
        else:
            tell(
                request,
                lambda: services.bind_medium(viewer, medium_id=pk, seal=seal),
                done=_("已绑定"),
            )
    elif deed == "lend":
        form = LendForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            tell(
                request,
                lambda: services.lend_medium(viewer, medium_id=pk, **given),
                done=_("已借出"),
            )
        else:
            messages.error(request, " ".join(str(e[0]) for e in form.errors.values()))
    elif deed == "return":
        tell(request, lambda: services.return_medium(viewer, medium_id=pk), done=_("已归还"))
    elif deed == "lose":
        tell(
            request,
            lambda: services.lose_medium(viewer, medium_id=pk, reason=reason),
            done=_("已挂失"),
        )
    elif deed == "revoke":
        tell(
            request,
            lambda: services.revoke_medium(viewer, medium_id=pk, reason=reason),
            done=_("已注销"),
        )
    else:
        raise Http404
    return redirect("seals:medium-detail", pk=medium.pk)


@login_required
@require_GET
def log_list(request: HttpRequest) -> HttpResponse:
    """Every try to use a seal."""
    viewer = reader_of(request, *LOGGED)
    form = LogFilterForm(request.GET)
    context = paged(request, selectors.list_log(viewer, **form.wanted())) | {
        "form": form,
        "tabs": tabs(viewer, "log-list"),
        "may_reconcile": _may_reconcile(viewer),
    }
    return render(request, "seals/log_list.html", context)


@login_required
@require_GET
def log_export(request: HttpRequest) -> HttpResponseBase:
    """What the log shows, as a sheet."""
    viewer = reader_of(request, *LOGGED)
    rows = selectors.list_log(viewer, **LogFilterForm(request.GET).wanted())
    audit.record(viewer, "seal_log.exported", data={"count": rows.count()})
    columns = [
        Column(_("时间"), lambda r: r.at, 20),
        Column(_("用印编号"), lambda r: r.use_number, 16),
        Column(_("印章"), lambda r: r.seal.name if r.seal else "", 28),
        Column(_("人员"), lambda r: r.person_name, 12),
        Column(_("登录可信等级"), lambda r: r.level, 8),
        Column(_("事项"), lambda r: r.matter, 20),
        Column(_("结果"), lambda r: _("已盖章") if r.is_done else _("拒绝"), 10),
        Column(_("拒绝原因"), lambda r: r.reason, 40),
        Column(_("文件摘要"), lambda r: r.digest, 66),
        Column(_("盖章后摘要"), lambda r: r.sealed_digest, 66),
    ]
    return xlsx_response(f"{_('用印日志')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_GET
def reconcile(request: HttpRequest) -> HttpResponse:
    """The key stores' journal beside the log."""
    viewer = reader_of(request, *LOGGED)
    if not _may_reconcile(viewer):
        permissions.require_right(viewer, "audit.read_audit")
    context = {"found": services.reconcile()}
    return render(request, "seals/reconcile.html", context)


def _may_reconcile(viewer: User) -> bool:
    """The journal is the whole city's: for the auditor, and who keeps the seals of all units."""
    reach = admin_reach(viewer, permissions.KEEP)
    return viewer.has_perm("audit.read_audit") or reach.everything or bool(reach.tenant_ids)
