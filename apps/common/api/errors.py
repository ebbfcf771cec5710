"""Uniform REST errors: RFC 9457 problem documents (``application/problem+json``)."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.common.errors import DomainError

PROBLEM = "application/problem+json"


def titles() -> dict[str, str]:
    """Will give the problem codes with their titles; a code keeps its title for ever.

    Codes not listed are refusals by the rules of one app; their class gives the title.
    """
    return {
        "invalid": _("输入有误"),
        "bad_request": _("请求无法识别"),
        "parse_error": _("请求内容不是有效的 JSON"),
        "not_authenticated": _("需要身份凭证"),
        "authentication_failed": _("身份凭证无效"),
        "not_allowed": _("没有权限"),
        "scope_missing": _("接口客户端缺少授权范围"),
        "step_up_required": _("须先确认身份"),
        "second_factor_required": _("须先登记第二因子"),
        "csrf_failed": _("页面已过期"),
        "not_found": _("没有找到"),
        "method_not_allowed": _("不支持这种请求方法"),
        "not_acceptable": _("不支持所要求的答复格式"),
        "conflict": _("当前状态不允许此操作"),
        "stale": _("已被他人先行处理"),
        "idempotency_key_reused": _("幂等键已用于另一个请求"),
        "too_large": _("内容过大"),
        "unsupported_media_type": _("不支持这种内容类型"),
        "resource_unregistered": _("没有登记为受保护资源"),
        "throttled": _("请求过于频繁"),
        "quota_exceeded": _("当日配额已用完"),
        "rate_limited": _("请求过于频繁"),
        "too_many": _("超过数量上限"),
        "server_error": _("系统出错了"),
    }


_CODE_OF_STATUS = {
    400: "invalid",
    403: "not_allowed",
    404: "not_found",
    409: "conflict",
    429: "too_many",
}
_RENAMED = {"permission_denied": "not_allowed", "error": "server_error"}


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Will turn any refusal into a problem document.

    Members: ``type`` (``/api/problems/<code>/``, a page for people), ``title``, ``status``,
    ``code``, ``detail`` and, for invalid input, ``errors``: a list of ``{"field", "message"}``.
    Source: RFC 9457.
    """
    if isinstance(exc, DomainError):
        return _refusal(exc)
    if isinstance(exc, exceptions.ValidationError):
        detail = _("输入有误，请核对所列字段")
        return _problem(400, "invalid", detail, errors=list(_flatten(exc.detail)))
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    code = _RENAMED.get(exc.default_code, exc.default_code)
    data = getattr(exc, "data", None)
    problem = _problem(response.status_code, code, str(exc.detail), data=data)
    for header, value in response.items():
        if header.lower() not in {"content-type", "content-length"}:
            problem[header] = value
    return problem


def problem_json(
    status: int, code: str, detail: str, *, data: dict[str, Any] | None = None
) -> JsonResponse:
    """Will answer a problem document outside a REST view (unknown path, fatal error)."""
    body = _body(status, code, detail) | ({"data": data} if data else {})
    return JsonResponse(body, status=status, content_type=PROBLEM)


def _refusal(error: DomainError) -> Response:
    errors = [{"field": error.field, "message": str(error)}] if error.field else []
    told = dict(error.data)
    if isinstance(several := told.pop("errors", None), dict):
        errors = [{"field": f, "message": m} for f, found in several.items() for m in found]
    response = _problem(error.status, error.code, str(error), errors=errors, data=told)
    if retry_after := told.get("retry_after"):
        response["Retry-After"] = str(retry_after)
    return response


def _problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    data: dict[str, Any] | None = None,
) -> Response:
    body = _body(status, code, detail)
    if errors:
        body["errors"] = errors
    if data:
        body["data"] = data
    return Response(body, status=status, content_type=PROBLEM)


def _body(status: int, code: str, detail: str) -> dict[str, Any]:
    known = titles()
    title = known.get(code) or known.get(_CODE_OF_STATUS.get(status, ""), detail)
    return {
        "type": f"/api/problems/{code}/",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }


def _flatten(detail: Any, prefix: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _flatten(value, f"{prefix}[{index}]" if nested else prefix)
    else:
        yield {"field": prefix, "message": str(detail)}
