"""Map services of others: the register, and their tiles through us."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.common.api.errors import problem_json
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import paged, take, tell
from apps.onemap.models import OutsideService
from apps.onemap.permissions import require_manage
from apps.onemap.sharing import permissions, selectors, services
from apps.onemap.sharing.forms import ServiceForm, tenant_of
from apps.onemap.sharing.services import ServiceData

CHECKS_SHOWN = 50


@login_required
@require_GET
def service_list(request: HttpRequest) -> HttpResponse:
    """The outside services in use."""
    viewer = cast(User, request.user)
    require_manage(viewer)
    context = paged(request, selectors.list_services(viewer))
    return render(request, "onemap/sharing/service_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def service_new(request: HttpRequest) -> HttpResponse:
    """Writes a service down."""
    viewer = cast(User, request.user)
    tenant = tenant_of(viewer)
    if tenant is None:
        raise NotAllowed(_("需要在管理全市的机构任职并持有“管理图层”权限"))
    form = ServiceForm(request.POST or None)
    if form.is_valid():
        data = dict(form.cleaned_data)
        made = take(
            form,
            lambda: services.register_service(
                viewer, code=data.pop("code"), tenant=tenant, data=ServiceData(**data)
            ),
        )
        if made is not None:
            return redirect("sharing:service-detail", pk=made.pk)
    return _form_page(request, form, None)


@login_required
@require_http_methods(["GET", "POST"])
def service_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes what is said of a service."""
    viewer = cast(User, request.user)
    service = _kept(viewer, pk)
    form = ServiceForm(request.POST or None, service=service)
    if form.is_valid():
        data = dict(form.cleaned_data)
        del data["code"]
        take(form, lambda: services.edit_service(viewer, service_id=pk, data=ServiceData(**data)))
        if not form.errors:
            return redirect("sharing:service-detail", pk=pk)
    return _form_page(request, form, service)


@login_required
@require_GET
def service_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One service with its last looks."""
    service = _kept(cast(User, request.user), pk)
    context = {"service": service, "checks": service.checks.all()[:CHECKS_SHOWN]}
    return render(request, "onemap/sharing/service_detail.html", context)


@login_required
@require_POST
def service_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Looks at a service now, or takes it out of use."""
    viewer = cast(User, request.user)
    _kept(viewer, pk)
    match deed:
        case "check":
            tell(
                request,
                lambda: services.check_service(viewer, service_id=pk),
                done=_("已检查，结果见下"),
            )
            return redirect("sharing:service-detail", pk=pk)
        case "retire":
            tell(
                request,
                lambda: services.retire_service(viewer, service_id=pk),
                done=_("服务已停用"),
            )
            return redirect("sharing:service-list")
    raise Http404


@require_GET
def service_index(request: HttpRequest) -> JsonResponse:
    """What the map page may use: name, tiles through us, levels, where it comes from."""
    return JsonResponse({"services": selectors.services_to_draw(request.user)})


@require_GET
def service_tile(request: HttpRequest, code: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of an outside service; 404 without the right to it, as if it were not there."""
    try:
        tile = services.fetch_tile(selectors.get_service(request.user, code), z=z, x=x, y=y)
    except DomainError as error:
        status = 502 if error.code == "outside_service_ill" else error.status
        return problem_json(status, error.code, str(error))
    tag = f'"{tile.tag}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(tile.body, content_type=tile.media_type)
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _kept(viewer: User, pk: int) -> OutsideService:
    service = OutsideService.objects.filter(pk=pk, retired_at=None).first()
    if service is None or not permissions.can_keep(viewer, service.tenant_id):
        raise NotFound(_("没有这个服务"))
    return service


def _form_page(
    request: HttpRequest, form: ServiceForm, service: OutsideService | None
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "service": service}
    return render(request, "onemap/sharing/service_edit.html", context, status=status)
