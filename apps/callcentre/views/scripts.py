"""Scripts: written, approved, found useful at the desk."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.callcentre import services
from apps.callcentre.enums import ScriptState
from apps.callcentre.permissions import APPROVE_SCRIPTS, TAKE, WRITE_SCRIPTS
from apps.callcentre.quality_forms import ScriptForm
from apps.callcentre.selectors import scripts
from apps.callcentre.views._common import tabs, viewer_with
from apps.common.errors import NotAllowed
from apps.common.pages import paged, take, tell


@login_required
@require_GET
def script_list(request: HttpRequest) -> HttpResponse:
    """All scripts with their versions, and how useful each was found."""
    viewer = viewer_with(request, WRITE_SCRIPTS, APPROVE_SCRIPTS)
    context = paged(request, scripts.list_scripts(viewer)) | {
        "tabs": tabs(viewer, "scripts"),
        "may_write": viewer.has_perm(WRITE_SCRIPTS),
        "may_approve": viewer.has_perm(APPROVE_SCRIPTS),
        "submitted": ScriptState.SUBMITTED,
    }
    return render(request, "callcentre/scripts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def script_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One script to write; a change is the next version."""
    viewer = viewer_with(request, WRITE_SCRIPTS)
    script = scripts.get_script(viewer, pk=pk) if pk is not None else None
    tenant = script.tenant if script else viewer.tenant
    if tenant is None:
        raise NotAllowed(_("您不属于任何单位"))
    form = ScriptForm(request.POST or None, viewer=viewer, script=script)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(
            form, lambda: services.write_script(viewer, tenant=tenant, spec=spec, script_id=pk)
        )
        if saved is not None:
            messages.success(request, _("已提交，由另一人审批后使用"))
            return redirect("callcentre:scripts")
    context = {"form": form, "title": script.title if script else _("编写话术")}
    return render(request, "callcentre/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def script_rule(request: HttpRequest, version_id: int) -> HttpResponse:
    """Somebody else puts a wording in use or sends it back."""
    actor = viewer_with(request, APPROVE_SCRIPTS)
    agrees = request.POST.get("agrees") == "1"
    tell(
        request,
        lambda: services.rule_script(actor, version_id=version_id, agrees=agrees),
        done=_("话术已启用") if agrees else _("话术已退回"),
    )
    return redirect("callcentre:scripts")


@login_required
@require_POST
def script_vote(request: HttpRequest, version_id: int) -> HttpResponse:
    """An agent says whether a wording helped."""
    actor = viewer_with(request, TAKE)
    is_useful = request.POST.get("useful") == "1"
    tell(
        request,
        lambda: services.vote_script(actor, version_id=version_id, is_useful=is_useful),
        done=_("谢谢反馈"),
    )
    return redirect("hotline:desk")
