"""The doors of the API: root, OpenAPI document and page, the list of problems."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.api.errors import titles


class RootView(APIView):
    """Where to begin."""

    permission_classes = [IsAuthenticated]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(
            {
                "version": "1",
                "schema": reverse("gateway:schema"),
                "documentation": reverse("gateway:docs"),
                "problems": reverse("gateway:problem-list"),
            }
        )


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, self-contained."""

    permission_classes = [IsAuthenticated]


@method_decorator(login_required, name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files; its script is a second address, so no inline script."""

    permission_classes: list[Any] = [IsAuthenticated]
    url_name = "gateway:schema"


@require_GET
def problem_list(request: HttpRequest) -> HttpResponse:
    """Every code the API may answer; open to all, for it is part of the contract."""
    return render(request, "gateway/problem_list.html", {"problems": sorted(titles().items())})


@require_GET
def problem_detail(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem's ``type`` leads to; a code of one app's rules has the general title."""
    title = titles().get(code, _("操作被业务规则拒绝"))
    return render(request, "gateway/problem_detail.html", {"code": code, "title": title})
