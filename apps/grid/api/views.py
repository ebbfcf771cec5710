"""Report and read events. The same services as the pages and the phone."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Tenant, User
from apps.assets.models import Asset
from apps.common import files
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.gateway.models import ApiClient
from apps.gateway.parsers import JsonParser
from apps.gateway.permissions import HasScope
from apps.grid import selectors, services
from apps.grid.api.serializers import (
    GridEventDetailSerializer,
    GridEventSerializer,
    GridReportSerializer,
)
from apps.grid.models import GridEvent
from apps.grid.selectors.looks import MATTER
from apps.matters.enums import Channel
from apps.matters.selectors import get_open_matter, require_usable

KEY_SHORTEST, KEY_LONGEST, FILES_MOST = 8, 100, 9
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="8-100 visible characters; the same key again gives the first event",
)
READ, REPORT = HasScope("cases.read"), HasScope("cases.report")


class GridEventList(generics.ListAPIView[GridEvent]):
    """The events the caller may see, newest first; POST reports one."""

    serializer_class = GridEventSerializer
    filter_backends: list[Any] = []
    parser_classes = [JsonParser, MultiPartParser, FormParser]

    def get_permissions(self) -> list[Any]:
        needed = REPORT if self.request.method == "POST" else READ
        return [IsAuthenticated(), needed()]

    def get_queryset(self) -> QuerySet[GridEvent]:
        if getattr(self, "swagger_fake_view", False):
            return GridEvent.objects.none()
        viewer: Any = self.request.user
        return selectors.visible_events(viewer)

    @extend_schema(operation_id="grid_events_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request=GridReportSerializer,
        responses={201: GridEventSerializer},
        parameters=[IDEMPOTENCY],
        operation_id="grid_events_report",
    )
    def post(self, request: Request) -> Response:
        actor, tenant, channel = _reporting(request)
        sent = GridReportSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        uploads = request.FILES.getlist("files") if request.FILES else []
        if len(uploads) > FILES_MOST:
            raise InvalidInput(_("附件最多%(most)s个") % {"most": FILES_MOST}, field="files")
        given = dict(sent.validated_data)
        asset_id = _asset_id(given.pop("asset"))
        stored = [files.store(upload, allow=frozenset({"image"})) for upload in uploads]
        event = services.report_event(
            actor,
            key=_key(request),
            tenant=tenant,
            report=services.EventReport(
                **given, asset_id=asset_id, files=stored, channel=channel.value
            ),
        )
        return Response(GridEventSerializer(event).data, status=201)


class GridEventDetail(generics.GenericAPIView[GridEvent]):
    """One event by its receipt number, with its proof of repair."""

    permission_classes = [IsAuthenticated, READ]
    serializer_class = GridEventDetailSerializer

    @extend_schema(operation_id="grid_events_retrieve")
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        event = selectors.visible_events(viewer).filter(case__number=number).first()
        if event is None:
            raise NotFound(_("没有这个网格事件，或您无权查看"))
        return Response(GridEventDetailSerializer(event).data)


def _reporting(request: Request) -> tuple[User, Tenant | None, Channel]:
    """Who reports, to which body, and how: programs are believed only after a look."""
    user = request.user
    if not isinstance(user, User):
        raise NotAllowed(_("您没有执行该操作的权限"))
    if isinstance(request.auth, ApiClient):
        require_usable(request.auth, get_open_matter(MATTER))
        return user, request.auth.tenant, Channel.API
    return user, None, Channel.GRID


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not (KEY_SHORTEST <= len(key) <= KEY_LONGEST and key.isascii() and key.isprintable()):
        raise InvalidInput(_("Idempotency-Key 应为 8 至 100 个可见字符"), field="Idempotency-Key")
    return key


def _asset_id(code: str) -> int | None:
    if not code:
        return None
    found = Asset.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput(_("没有这个部件，请重新选择"), field="asset")
    return found
