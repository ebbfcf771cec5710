"""The colleagues' side: publishing guides, the window, following applications."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.pages import tell
from apps.common.paging import page_of
from apps.guides import permissions, services
from apps.guides.enums import Via
from apps.guides.forms import PublishForm, RetireForm
from apps.guides.selectors import guides
from apps.guides.selectors.applications import applications_of, masked_applicant
from apps.guides.selectors.results import get_result
from apps.guides.selectors.tenants import tenant_of
from apps.guides.views.applying import fill_in
from apps.matters.selectors import get_open_matter, in_force


@login_required
@permission_required(permissions.PUBLISH, raise_exception=True)
@require_GET
def guide_list(request: HttpRequest) -> HttpResponse:
    """Every matter in force and whether the public reads its present version."""
    rows = guides.list_publishable(tenant_of(actor_of(request)))
    return render(request, "guides/office/guide_list.html", {"rows": rows})


@login_required
@permission_required(permissions.PUBLISH, raise_exception=True)
@require_http_methods(["GET", "POST"])
def guide_publish(request: HttpRequest, code: str) -> HttpResponse:
    """What the public will read, the windows, and the button."""
    if request.method == "POST":
        require(request, "definition.publish")
    actor = actor_of(request)
    tenant, matter = tenant_of(actor), get_open_matter(code)
    assert matter.current_version is not None
    try:
        earlier = guides.get_guide(tenant, code)
    except NotFound:
        earlier = None
    lines = [
        " | ".join(window[key] for key in ("name", "address", "hours", "phone")).rstrip(" |")
        for window in (earlier.windows if earlier is not None else [])
    ]
    form = PublishForm(request.POST or None, initial={"windows": "\n".join(lines)})
    if request.method == "POST" and form.is_valid():
        try:
            windows = services.parse_windows(form.cleaned_data["windows"])
            services.publish_guide(actor, tenant=tenant, matter_code=code, windows=windows)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("指南已发布"))
            return redirect("guides:office-guides")
    context = {
        "matter": matter,
        "version": matter.current_version,
        "earlier": earlier,
        "content": guides.content_of(matter.current_version.body),
        "form": form,
        "retire_form": RetireForm(),
    }
    return render(
        request, "guides/office/guide_publish.html", context, status=422 if form.errors else 200
    )


@login_required
@require_POST
def guide_retire(request: HttpRequest, guide_id: int) -> HttpResponse:
    """Takes a guide back."""
    form = RetireForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用原因"))
        return redirect("guides:office-guides")
    try:
        services.retire_guide(actor_of(request), guide_id=guide_id, **form.cleaned_data)
    except InvalidInput as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("指南已停用"))
    return redirect("guides:office-guides")


@login_required
@require_GET
def application_list(request: HttpRequest) -> HttpResponse:
    """The applications whose cases the viewer sees, newest first."""
    actor = actor_of(request)
    found = applications_of(actor)
    if number := request.GET.get("q", "").strip():
        found = found.filter(case__number__startswith=number[:20])
    page = page_of(found, request.GET)
    context = {
        "rows": [(a, masked_applicant(a)) for a in page.items],
        "page": page,
        "q": number,
        "can_file": actor.has_perm(permissions.FILE),
    }
    return render(request, "guides/office/application_list.html", context)


@login_required
@permission_required(permissions.FILE, raise_exception=True)
@require_GET
def apply_choose(request: HttpRequest) -> HttpResponse:
    """What can be filed at the window."""
    matters = [
        m
        for m in in_force()
        if m.current_version and guides.content_of(m.current_version.body).can_apply
    ]
    return render(request, "guides/office/apply_choose.html", {"matters": matters})


@login_required
@permission_required(permissions.FILE, raise_exception=True)
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """An application filed at the window for somebody who stands there."""
    actor = actor_of(request)
    filled = fill_in(
        request,
        actor,
        tenant=tenant_of(actor),
        code=code,
        via=Via.WINDOW,
        template="guides/office/apply.html",
    )
    if filled.application is None:
        assert filled.page is not None
        return filled.page
    messages.success(request, _("已登记，受理编号 %s") % filled.application.case.number)
    return redirect("matters:case-detail", case_id=filled.application.case_id)


@login_required
@require_POST
def reveal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Shows the applicant after a purpose was given (fragment)."""
    require(request, "personal.reveal")
    context: dict[str, object] = {"case_id": case_id}
    status = 200
    try:
        context["revealed"] = services.reveal_applicant(
            actor_of(request), case_id=case_id, purpose=request.POST.get("purpose", "")
        )
    except InvalidInput as error:
        context["problem"], status = str(error), 422
    if request.headers.get("HX-Request"):
        status = 200  # htmx swaps nothing for other answers
    return render(request, "guides/_applicant_revealed.html", context, status=status)


@login_required
@require_POST
def result_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the seal of a granted document, in the name of who presses."""
    actor = actor_of(request)
    found = get_result(actor, pk=pk)
    require(request, "seal.use")
    tell(
        request,
        lambda: services.ask_again(actor, result_id=pk),
        done=_("已申请用印，等待另一人审批"),
    )
    return redirect("matters:case-detail", found.case_id)
