"""The page for who writes programs against the API. Source: GW-05."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.gateway import httpsig
from apps.gateway.registry import scope_labels


@login_required
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """From the first key to signed requests, with examples that are run by the tests."""
    context = {
        "base": request.build_absolute_uri("/api/v1/"),
        "scopes": scope_labels().items(),
        "rate": settings.API_RATE,
        "fresh_minutes": httpsig.FRESH_SECONDS // 60,
        "refusals": _refusals(),
        "changes": _changes(),
    }
    return render(request, "gateway/developers.html", context)


def _refusals() -> list[tuple[str, str, str]]:
    return [
        ("401", "authentication_failed", _("密钥或签名不成立；data.reason 说明原因，不要原样重试")),
        ("403", "scope_missing", _("缺少授权范围，data.scope 是要申请的那一项")),
        ("403", "resource_unregistered", _("该地址不对接口客户端开放")),
        ("409", "idempotency_key_reused", _("同一幂等键用于了不同内容")),
        ("409", "stale", _("别人先办了，重新读取后再决定")),
        ("429", "throttled", _("超过频率上限，按 Retry-After 等待后重试")),
        ("429", "quota_exceeded", _("当日配额用完，次日零时恢复")),
    ]


def _changes() -> list[tuple[str, str]]:
    return [
        ("2026-11-22", _("试用客户端：按真实规则办理并答复，随后撤回。")),
        (
            "2026-11-21",
            _("可用两个密钥轮换；RFC 9421 请求签名；每日配额与 RateLimit 答复头；服务目录查询。"),
        ),
        ("2026-11-20", _("外部系统可用签名消息回传结果；变更流 /changes/；消息推送。")),
    ]
