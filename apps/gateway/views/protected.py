"""The register of protected resources for people and programs. Read only. Source: AC-07."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.protected import selectors
from apps.accounts.protected.registry import ProtectedEntry, ResourceKind
from apps.accounts.protected.selectors import READERS, NamedRight
from apps.accounts.signed_in import actor_of, any_right
from apps.audit.services import record
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import neighbours
from apps.common.paging import page_of
from apps.gateway.permissions import HasScope
from apps.gateway.resources import READ_RESOURCES

EXPORT_COLUMNS = [
    Column(gettext_lazy("类别"), lambda entry: entry.kind.label, 10),
    Column(gettext_lazy("代码"), lambda entry: entry.code, 30, is_text=True),
    Column(gettext_lazy("名称"), lambda entry: entry.name, 36),
    Column(gettext_lazy("归属"), lambda entry: entry.owner, 30),
    Column(gettext_lazy("默认策略"), lambda entry: entry.policy.label, 14),
    Column(gettext_lazy("所需权限（任一）"), lambda entry: "、".join(entry.rights), 50),
    Column(gettext_lazy("另可凭"), lambda entry: entry.opened_by, 50),
    Column(gettext_lazy("状态"), lambda entry: entry.state, 12),
]


@any_right(*READERS)
@require_GET
def resource_list(request: HttpRequest) -> HttpResponse:
    """One kind at a time, by words, with who may use each."""
    viewer = actor_of(request)
    kind, text = _asked(request.GET)
    counts = selectors.count_resources(viewer, text=text)
    page = page_of(selectors.list_resources(viewer, kind=kind, text=text), request.GET)  # type: ignore[arg-type]  # it is only sliced
    rights = selectors.named_rights(page.items)
    context = {
        "rows": [(entry, _named(entry, rights)) for entry in page.items],
        "kinds": [(k.value, k.label, counts[k.value]) for k in ResourceKind],
        "kind": kind,
        "text": text,
    }
    return render(request, "gateway/resource_list.html", context | neighbours(request, page))


@any_right(*READERS)
@require_GET
def resource_export(request: HttpRequest) -> HttpResponseBase:
    """The same list as an Excel file; taking it is an entry of the log."""
    viewer = actor_of(request)
    kind, text = _asked(request.GET)
    found = selectors.list_resources(viewer, kind=kind, text=text)
    response = xlsx_response(gettext("受保护资源"), EXPORT_COLUMNS, found)
    asked = {"kind": kind, "q": text}
    record(viewer, "resources.exported", object_type="accounts.resources", data=asked)
    return response


class ResourceEntrySerializer(serializers.Serializer[Any]):
    """An entry of the register."""

    kind = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField()
    policy = serializers.CharField()
    rights = serializers.ListField(child=serializers.CharField())
    opened_by = serializers.CharField()
    state = serializers.CharField()
    url = serializers.CharField()


class ResourceLookup(APIView):
    """The protected resources of one kind in the reach of the caller; ``q`` searches."""

    permission_classes = [IsAuthenticated, HasScope(READ_RESOURCES)]

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=ResourceKind.values, required=True),
            OpenApiParameter("q", str),
            OpenApiParameter("page", int),
            OpenApiParameter("size", int, enum=[25, 50, 100]),
        ],
        responses=ResourceEntrySerializer(many=True),
        operation_id="resource_lookup",
    )
    def get(self, request: Request) -> Response:
        """Lists resources."""
        viewer: Any = request.user
        selectors.require_reader(viewer)
        query = request.query_params
        if query.get("kind", "") not in ResourceKind.values:
            raise InvalidInput(gettext("没有这种资源类别"), field="kind")
        if "\0" in query.get("q", ""):
            raise InvalidInput(gettext("检索词含有无效字符"), field="q")
        kind, text = _asked(query)
        found = selectors.list_resources(viewer, kind=kind, text=text)
        page = page_of(found, query)  # type: ignore[arg-type]  # it is only sliced
        return Response(ResourceEntrySerializer(page.items, many=True).data)


def _asked(query: Any) -> tuple[str, str]:
    kind = query.get("kind", "")
    kind = kind if kind in ResourceKind.values else ResourceKind.APPLICATION.value
    return kind, query.get("q", "").replace("\0", "").strip()[:60]


def _named(entry: ProtectedEntry, rights: dict[str, NamedRight]) -> list[NamedRight]:
    return [rights[label] for label in entry.rights if label in rights]
