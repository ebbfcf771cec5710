"""Work orders for programs: list, one with its state, the report of a fault. Source: OP-09, OP-12.

Moving an order on is done by the case interface (``/api/v1/cases/<number>/actions/``), whose events
the order follows whoever acts.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.assets.selectors import list_assets
from apps.common.errors import InvalidInput
from apps.gateway.permissions import HasScope
from apps.ops import permissions, selectors, services
from apps.ops.api.resources import FILE, READ
from apps.ops.api.serializers import OrderQuery, OrderSerializer, ReportBody
from apps.ops.models import WorkOrder

KEY_MAX = 90
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="同一编号重复提交只产生一张工单，最长 90 个字符",
)  # fmt: skip


class OrderList(generics.ListAPIView[WorkOrder]):
    """The orders the caller may see, newest first; a fault is filed by POST, once for each key."""

    serializer_class = OrderSerializer

    def get_permissions(self) -> list[Any]:
        """Reading and filing are granted apart."""
        scope = FILE if self.request.method == "POST" else READ
        return [IsAuthenticated(), HasScope(scope)()]

    def get_queryset(self) -> QuerySet[WorkOrder]:
        """Only what the caller's account may see."""
        if getattr(self, "swagger_fake_view", False):
            return WorkOrder.objects.none()
        viewer: Any = self.request.user
        permissions.require_reader(viewer)
        wanted = OrderQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return selectors.narrowed(viewer, **wanted.validated_data)

    @extend_schema(operation_id="orders_list", parameters=[OrderQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists orders."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="orders_report", request=ReportBody, responses={201: OrderSerializer},
        parameters=[IDEMPOTENCY],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Files a fault; the same key gives the same order again."""
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= KEY_MAX:
            raise InvalidInput(
                _("请提供 Idempotency-Key，不超过 90 个字符"), field="Idempotency-Key"
            )
        body = ReportBody(data=request.data)
        body.is_valid(raise_exception=True)
        viewer: Any = request.user
        order = services.report_fault(
            viewer, key=f"api:{key}", report=_report(viewer, body.validated_data)
        )
        return Response(OrderSerializer(order).data, status=201)


class OrderDetail(APIView):
    """One order and where it stands."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="orders_get", responses=OrderSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Gives one order."""
        viewer: Any = request.user
        return Response(OrderSerializer(selectors.get_order(viewer, pk)).data)


def _report(viewer: Any, said: dict[str, Any]) -> services.FaultReport:
    asset_id = None
    if code := said.get("asset_code"):
        asset = list_assets(viewer).filter(code=code).first()
        if asset is None:
            raise InvalidInput(_("没有这台设备，或它不在您的范围内"), field="asset_code")
        asset_id = asset.pk
    return services.FaultReport(
        fault_kind=said["fault_kind"], text=said["text"], source=said["source"],
        asset_id=asset_id, about=said["about"], level=said.get("level"),
    )  # fmt: skip
