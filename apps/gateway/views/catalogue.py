"""The catalogue of services: looked up by people and by programs."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput
from apps.gateway import selectors, services
from apps.gateway.enums import ServiceKind
from apps.gateway.forms import ServiceForm
from apps.gateway.models import ApiClient, Service
from apps.gateway.registry import scope_labels
from apps.gateway.services.guarding import MANAGE_CLIENTS
from apps.gateway.views.access import manager_required

MOST_ANSWERED = 200


@login_required
@require_GET
def service_list(request: HttpRequest) -> HttpResponse:
    """What is on offer, by words and kind."""
    services.fill_catalogue()
    kind = request.GET.get("kind", "")
    kind = kind if kind in ServiceKind.values else ""
    query = request.GET.get("q", "").replace("\0", "")[:60]
    actor = actor_of(request)
    context = {
        "found": selectors.list_services(actor, query=query, kind=kind),
        "kinds": ServiceKind.choices,
        "kind": kind,
        "query": query,
        "may_register": actor.has_perm(selectors.MANAGE),
    }
    return render(request, "gateway/service_list.html", context)


@login_required
@require_GET
def service_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One service, how it has been doing, and how to apply for it."""
    actor = actor_of(request)
    service = selectors.get_service(actor, pk)
    labels = scope_labels()
    context = {
        "service": service,
        "scopes": [(code, labels.get(code, code)) for code in service.scopes],
        "personal": [field.label for field in selectors.personal_of(service)],
        "checks": selectors.list_checks(service),
        "clients": selectors.list_clients(actor).filter(revoked_at=None)
        if actor.has_perm(MANAGE_CLIENTS)
        else [],
        "may_retire": service.kind == ServiceKind.OUTSIDE and actor.has_perm(selectors.MANAGE),
    }
    return render(request, "gateway/service_detail.html", context)


@manager_required
@require_http_methods(["GET", "POST"])
def service_create(request: HttpRequest) -> HttpResponse:
    """Writes down a service of others."""
    actor = actor_of(request)
    form = ServiceForm(request.POST or None, tenants=selectors.list_tenants(actor))
    if form.is_valid():
        d = form.cleaned_data
        try:
            service = services.register_service(
                actor, code=d["code"], tenant=d["tenant"], data=form.service_data
            )
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已登记，健康状况将在 5 分钟内显示"))
            return redirect("services:service-detail", pk=service.pk)
    return render(request, "gateway/service_form.html", {"form": form})


@manager_required
@require_POST
def service_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a service of others out of the catalogue."""
    actor = actor_of(request)
    selectors.get_service(actor, pk)
    services.retire_service(actor, service_id=pk)
    messages.success(request, _("已下线"))
    return redirect("services:service-list")


class ServiceSerializer(serializers.ModelSerializer[Service]):
    """An entry of the catalogue."""

    owner = serializers.SerializerMethodField()
    personal = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "code",
            "name",
            "description",
            "kind",
            "version",
            "endpoint",
            "owner",
            "scopes",
            "personal",
            "health",
            "checked_at",
        ]

    def get_personal(self, service: Service) -> list[str]:
        return [str(field) for field in selectors.personal_of(service)]

    def get_owner(self, service: Service) -> str:
        return service.owner.name if service.owner else ""


class ServiceLookup(APIView):
    """The services the caller's government body may use; ``q`` searches, at most 200."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str),
            OpenApiParameter("kind", str, enum=ServiceKind.values),
        ],
        responses=ServiceSerializer(many=True),
        operation_id="service_lookup",
    )
    def get(self, request: Request) -> Response:
        kind = request.query_params.get("kind", "")
        if kind and kind not in ServiceKind.values:
            raise InvalidInput(_("没有这种服务类型"), field="kind")
        query = request.query_params.get("q", "")[:60]
        if "\0" in query:
            raise InvalidInput(_("检索词含有无效字符"), field="q")
        services.fill_catalogue()
        found = selectors.find_services(_tenant_of(request), query=query, kind=kind)
        return Response(ServiceSerializer(found[:MOST_ANSWERED], many=True).data)


class ServiceEntry(APIView):
    """One service by its code."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=ServiceSerializer, operation_id="service_entry")
    def get(self, request: Request, code: str) -> Response:
        found = selectors.get_service_by_code(_tenant_of(request), code)
        return Response(ServiceSerializer(found).data)


def _tenant_of(request: Request) -> int:
    caller: Any = request.auth if isinstance(request.auth, ApiClient) else request.user
    return caller.tenant_id or 0
