"""Guides and questions for every portal; applications for systems that may report (MT-14..16)."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common import forms_data
from apps.common.errors import InvalidInput, NotFound
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.guides import services, trees
from apps.guides.api.serializers import (
    ApplicationProgressSerializer,
    ApplySerializer,
    GuideDetailSerializer,
    GuideQuery,
    GuideSerializer,
    StandingSerializer,
)
from apps.guides.enums import Via
from apps.guides.forms import who_definition
from apps.guides.models import Guide
from apps.guides.selectors import guides, plans
from apps.guides.selectors.applications import get_application, progress_of
from apps.guides.selectors.tenants import public_tenant, tenant_of
from apps.matters.selectors import get_open_matter, require_usable

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="8-120 characters"
)


class GuideList(generics.ListAPIView[Guide]):
    """The guides in force, by words, audience and domain; open to everybody."""

    permission_classes = [AllowAny]
    serializer_class = GuideSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Guide.objects.none()
        query = GuideQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        return guides.list_guides(
            public_tenant(),
            words=wanted["q"],
            audience=wanted["audience"],
            domain=wanted["domain"],
        )

    @extend_schema(parameters=[GuideQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class GuideDetail(APIView):
    """One guide with conditions, materials, limits and legal basis; a retired one says so."""

    permission_classes = [AllowAny]

    @extend_schema(responses=GuideDetailSerializer)
    def get(self, request: Request, code: str) -> Response:
        found = guides.get_guide(public_tenant(), code)
        content = asdict(guides.content_of(found.body))
        return Response(GuideDetailSerializer(found, context={"content": content}).data)


class Ask(APIView):
    """One step of a question tree. path: the answers so far, with dots; empty at the start."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[OpenApiParameter("path", str)], responses=StandingSerializer)
    def get(self, request: Request, code: str) -> Response:
        tree = plans.get_tree(public_tenant(), code)
        path = request.query_params.get("path", "")[:400]
        standing = trees.walk(tree.body, path)
        if standing is None:
            raise NotFound(_("没有这条引导路径"))
        node, leaf = standing.node or {}, standing.leaf or {}
        prefix = f"{path}." if path else ""
        answer = {
            "path": path,
            "question": node.get("question"),
            "choices": [
                {"label": c["label"], "path": f"{prefix}{c['code']}"}
                for c in node.get("choices", [])
            ],
            "matter": leaf.get("matter"),
            "materials": leaf.get("materials"),
            "preset": leaf.get("preset", {}),
            "note": leaf.get("note", ""),
        }
        return Response(StandingSerializer(answer).data)


class ApplicationCreate(APIView):
    """Files an application; the same Idempotency-Key gives the first one again."""

    permission_classes = [IsAuthenticated, HasScope("cases.report")]

    @extend_schema(
        request=ApplySerializer,
        responses={201: ApplicationProgressSerializer},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        wanted = ApplySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")
        if not (8 <= len(key) <= 120 and key.isascii() and key.isprintable()):
            raise InvalidInput(
                _("Idempotency-Key 应为 8 至 120 个可见字符"), field="Idempotency-Key"
            )
        actor: Any = request.user
        client = request.auth if isinstance(request.auth, ApiClient) else None
        require_usable(client, get_open_matter(wanted.validated_data["matter"]))
        who = f"client:{client.pk}" if client is not None else f"user:{actor.pk}"
        application = services.file_application(
            actor,
            tenant=client.tenant if client is not None else tenant_of(actor),
            new=_new_application(wanted.validated_data, source_key=f"api:{who}:{key}"),
        )
        return Response(ApplicationProgressSerializer(progress_of(application)).data, status=201)


class ApplicationProgress(APIView):
    """How far an application is, every department in one answer."""

    permission_classes = [IsAuthenticated, HasScope("cases.read")]

    @extend_schema(responses=ApplicationProgressSerializer, operation_id="applications_progress")
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        found = get_application(viewer, number)
        require_usable(request.auth, found.case.matter_type)
        return Response(ApplicationProgressSerializer(progress_of(found)).data)


def _new_application(data: dict[str, Any], *, source_key: str) -> services.NewApplication:
    """What a system sent, checked like what a citizen types."""
    matter = get_open_matter(data["matter"])
    assert matter.current_version is not None
    body = matter.current_version.body
    who = forms_data.clean(who_definition(), data)
    papers = {
        "fields": [
            {"name": m["code"], "label": m["label"], "type": "files"}
            for m in body.get("materials_in", [])
        ]
    }
    return services.NewApplication(
        matter=matter.code,
        name=who["name"],
        phone=who["phone"],
        id_number=who["id_number"],
        values=forms_data.clean(body.get("form", {}), data["form_data"]),
        materials=forms_data.clean(papers, data["materials"]),
        via=Via.API,
        source_key=source_key,
    )
