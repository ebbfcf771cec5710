"""Other departments' capabilities and the requests of units."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.algorithms import permissions, selectors, services
from apps.algorithms.forms import AskForm, CapabilityForm
from apps.algorithms.views._common import reader_of
from apps.common.pages import paged, take, tell


@login_required
@require_GET
def capability_list(request: HttpRequest) -> HttpResponse:
    """What other departments offer."""
    viewer = reader_of(request)
    text = request.GET.get("q", "").strip()[:60]
    context = paged(request, selectors.list_capabilities(text=text)) | {
        "text": text,
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "algorithms/capability_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def capability_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """One capability to write; a new one without a code in the address."""
    viewer = reader_of(request)
    permissions.require_keep(viewer)
    capability = selectors.get_capability(code) if code else None
    form = CapabilityForm(request.POST or None, capability=capability)
    if request.method == "POST" and form.is_valid():
        pk = capability.pk if capability else None
        spec = form.spec()
        saved = take(form, lambda: services.save_capability(viewer, spec=spec, capability_id=pk))
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect("algorithms:capability-detail", code=saved.code)
    context = {"form": form, "capability": capability}
    status = 422 if form.errors else 200
    return render(request, "algorithms/capability_edit.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def capability_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One capability: its contract, who may use it, a request of one's own."""
    viewer = reader_of(request)
    capability = selectors.get_capability(code)
    form = AskForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if take(form, lambda: services.ask_for(viewer, capability_id=capability.pk, **given)):
            messages.success(request, _("已提交申请，等待审批"))
            return redirect("algorithms:capability-detail", code=code)
    context = paged(request, selectors.list_requests(viewer, capability=capability)) | {
        "capability": capability,
        "form": form,
        "may_keep": permissions.can_keep(viewer),
        "may_publish": permissions.can_publish(viewer),
        "may_ask": viewer.has_perm(permissions.USE),
    }
    status = 422 if form.errors else 200
    return render(request, "algorithms/capability_detail.html", context, status=status)


@login_required
@require_POST
def capability_active(request: HttpRequest, code: str) -> HttpResponse:
    """Switched on or off."""
    viewer = reader_of(request)
    capability = selectors.get_capability(code)
    is_active = request.POST.get("active") == "1"
    tell(
        request,
        lambda: services.set_capability_active(
            viewer, capability_id=capability.pk, is_active=is_active
        ),
        done=_("已启用") if is_active else _("已停用"),
    )
    return redirect("algorithms:capability-detail", code=code)


@login_required
@require_POST
def request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A request granted, refused or taken back."""
    viewer = reader_of(request)
    asked = selectors.get_request(viewer, pk=pk)
    text, deed = request.POST.get("text", ""), request.POST.get("deed", "")
    if deed == "revoke":
        tell(
            request,
            lambda: services.revoke_request(viewer, request_id=pk, text=text),
            done=_("已收回"),
        )
    else:
        tell(
            request,
            lambda: services.decide_request(
                viewer, request_id=pk, is_approved=deed == "approve", text=text
            ),
            done=_("已审批"),
        )
    return redirect("algorithms:capability-detail", code=asked.capability.code)
