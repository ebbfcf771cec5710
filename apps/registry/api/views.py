"""Files for the departments they are shared with, and the figures of the five kinds.

A caller reads what its unit receives by ``Share``, and of that the field groups it has a scope
for; personal data stays masked unless the client was granted it. Nothing is written here.
"""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.common.errors import NotAllowed, NotFound
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope, has_scope, masked_for
from apps.places.selectors import find_area
from apps.registry import services
from apps.registry.api.serializers import (
    FiguresQuery,
    KindFiguresSerializer,
    SharedPageSerializer,
    SharedQuery,
)
from apps.registry.enums import FieldGroup
from apps.registry.permissions import can_open_registry
from apps.registry.selectors.collecting import shared_files, shared_row, shares_for
from apps.registry.selectors.figures import figures_of

PAGE_SIZE = 100


class SharedFiles(APIView):
    """The files of one kind that are shared with the caller's unit, by id."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=[SharedQuery],
        responses=SharedPageSerializer,
        operation_id="registry_files_list",
    )
    def get(self, request: Request) -> Response:
        query = SharedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        viewer = _viewer(request)
        groups = _groups(request)
        shares = [s for s in shares_for(viewer, wanted["kind"]) if s.group in groups]
        if not shares:
            raise NotAllowed(_("没有向您单位分发这类档案，或缺少字段组授权"))
        found = list(shared_files(shares).filter(pk__gt=wanted["after"])[: PAGE_SIZE + 1])
        rows = [masked_for(request, shared_row(file, shares, groups)) for file in found[:PAGE_SIZE]]
        services.log_share_read(viewer, shares=shares, rows=len(rows))
        following = found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None
        return Response({"results": rows, "next": following})


class Figures(APIView):
    """Total, new, gone and growth of each of the five kinds."""

    permission_classes = [IsAuthenticated, HasScope("registry.figures")]

    @extend_schema(
        parameters=[FiguresQuery],
        responses=KindFiguresSerializer(many=True),
        operation_id="registry_figures",
    )
    def get(self, request: Request) -> Response:
        query = FiguresQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        viewer = _viewer(request)
        if not can_open_registry(viewer):
            raise NotAllowed(_("您没有执行该操作的权限"))
        area = find_area(code=wanted["area"]) if wanted["area"] else None
        if wanted["area"] and area is None:
            raise NotFound(_("没有代码为“%s”的区域") % wanted["area"])
        found = figures_of(
            viewer,
            first=wanted["first"],
            last=wanted["last"],
            area_path=area.path if area else "",
        )
        return Response(KindFiguresSerializer(found, many=True).data)


def _groups(request: Request) -> list[str]:
    """A client's field groups are its scopes; a person is bound by the shares alone."""
    if not isinstance(request.auth, ApiClient):
        return list(FieldGroup.values)
    return [g for g in FieldGroup.values if has_scope(request.auth, f"registry.{g}")]


def _viewer(request: Request) -> User:
    viewer: Any = request.user
    return viewer
