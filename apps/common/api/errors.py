"""Uniform REST errors: RFC 9457 problem documents (``application/problem+json``)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.common.errors import DomainError

PROBLEM = "application/problem+json"


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Will turn any refusal into a problem document.

    Members: ``type`` (``/problems/<code>``), ``title``, ``status``, ``code``, ``detail`` and,
    for invalid input, ``errors``: a list of ``{"field", "message"}``.
    Source: RFC 9457.
    """
    if isinstance(exc, DomainError):
        errors = [{"field": exc.field, "message": str(exc)}] if exc.field else []
        return _problem(exc.status, exc.code, str(exc), errors, exc.data)
    if isinstance(exc, exceptions.ValidationError):
        detail = _("输入有误，请核对所列字段")
        return _problem(400, "invalid", detail, list(_flatten(exc.detail)), {})
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    problem = _problem(response.status_code, exc.default_code, str(exc.detail), [], {})
    for header, value in response.items():
        if header.lower() not in {"content-type", "content-length"}:
            problem[header] = value
    return problem


def _problem(
    status: int, code: str, detail: str, errors: list[dict[str, str]], data: dict[str, Any]
) -> Response:
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": detail.split("\n", 1)[0],
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    if data:
        body["data"] = data
    return Response(body, status=status, content_type=PROBLEM)


def _flatten(detail: Any, prefix: str = "") -> Any:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{prefix}[{index}]" if nested else prefix)
    else:
        yield {"field": prefix, "message": str(detail)}
