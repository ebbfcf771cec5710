"""The catalogue and the rows of products for programs. Source: IO-05."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.permissions import HasScope
from apps.products import permissions, selectors, services
from apps.products.api.serializers import (
    DataProductQuery,
    DataProductRows,
    DataProductSerializer,
    DataProductSpan,
)
from apps.products.enums import ProductState
from apps.products.figures import Span, rows_of
from apps.products.models import DataProduct
from apps.products.permissions import READ


class ProductList(generics.ListAPIView[DataProduct]):
    """The products in the catalogue."""

    permission_classes = [IsAuthenticated, HasScope(READ)]
    serializer_class = DataProductSerializer

    def get_queryset(self) -> QuerySet[DataProduct]:
        """Only what is published in the bodies of the caller's account."""
        if getattr(self, "swagger_fake_view", False):
            return DataProduct.objects.none()
        viewer: Any = self.request.user
        wanted = DataProductQuery(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        said = wanted.validated_data
        return selectors.list_products(
            viewer, text=said.get("q", ""), step=said.get("step", ""),
            state=ProductState.PUBLISHED, mine="read" if said.get("readable") else "",
        )  # fmt: skip

    @extend_schema(operation_id="data_products", parameters=[DataProductQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lists products."""
        return super().get(request, *args, **kwargs)


class ProductDetail(APIView):
    """One product."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(operation_id="data_product", responses=DataProductSerializer)
    def get(self, request: Request, code: str) -> Response:
        """Gives what a product offers."""
        viewer: Any = request.user
        return Response(DataProductSerializer(selectors.get_product(viewer, code)).data)


class ProductRows(APIView):
    """The rows of a product the caller's unit may read."""

    permission_classes = [IsAuthenticated, HasScope(READ)]

    @extend_schema(
        operation_id="data_product_rows", parameters=[DataProductSpan], responses=DataProductRows
    )
    def get(self, request: Request, code: str) -> Response:
        """Gives the rows of some days, the newest first; each call is counted."""
        viewer: Any = request.user
        product = selectors.get_product(viewer, code)
        permissions.require_read(viewer, product)
        wanted = DataProductSpan(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        said = wanted.validated_data
        start, count = said["start"], said["count"]
        span = Span(said["since"], said["until"])
        found = list(rows_of(product, span, start=start, count=count + 1))
        rows = found[:count]
        services.count_use(viewer, product, rows=len(rows))
        after = start + count if len(found) > count else None
        return Response(DataProductRows({"rows": rows, "next": after}).data)
