from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.assurance import acts, demands, enforcement
from apps.accounts.assurance.levels import live_certificates
from apps.accounts.factors.checking import is_offered
from apps.accounts.factors.phone import find_factor
from apps.accounts.models import User

register = template.Library()

WORDS = {
    "sign_in.succeeded": _("登录"),
    "sign_in.ended": _("退出"),
    "sign_in.failed": _("登录失败"),
    "sign_in.locked": _("账号锁定"),
    "sign_in.unlocked": _("账号解锁"),
    "sign_in.sessions_ended": _("结束登录"),
    "step_up.confirmed": _("确认身份"),
    "step_up.resumed": _("确认后继续执行"),
    "second_factor.totp_added": _("启用动态口令"),
    "second_factor.totp_removed": _("停用动态口令"),
    "second_factor.webauthn_added": _("登记通行密钥"),
    "second_factor.webauthn_removed": _("删除通行密钥"),
    "second_factor.recovery_codes_added": _("生成备用码"),
    "second_factor.recovery_codes_removed": _("备用码作废"),
    "second_factor.sms_sent": _("发送短信验证码"),
    "second_factor.sms_added": _("启用短信验证码"),
    "second_factor.sms_removed": _("停用短信验证码"),
    "second_factor.sms_confirmed": _("短信验证码通过"),
    "second_factor.sms_refused": _("短信验证码未通过"),
    "second_factor.certificate_added": _("登记数字证书"),
    "second_factor.certificate_removed": _("停用数字证书"),
    "second_factor.certificate_used": _("使用数字证书"),
    "second_factor.certificate_refused": _("数字证书验证未通过"),
    "second_factor.recovery_asked": _("申请找回第二因子"),
    "second_factor.recovery_refused": _("找回第二因子未通过"),
    "second_factor.reset": _("第二因子被重置"),
    "second_factor.code_renewed": _("重新发放登记码"),
    "second_factor.code_entered": _("使用登记码登录"),
    "user.password_changed": _("修改密码"),
    "user.password_reset": _("密码被重置"),
    "user.identity_proved": _("身份核验"),
}


@register.filter
def security_word(action: str) -> str:
    """Will say in words what an entry about an account's security tells."""
    return str(WORDS.get(action, action))


@register.filter
def span(minutes: int) -> str:
    """Will say how long a confirmation holds."""
    return demands.span(minutes).strip()


@register.filter
def may_open_recovery(viewer: User) -> bool:
    """Will tell a template what ``permissions.unlocks_anywhere`` says."""
    return permissions.unlocks_anywhere(viewer)


@register.simple_tag
def certificates_offered() -> bool:
    """Will tell whether one may sign in by certificate here."""
    return is_offered()


@register.simple_tag(takes_context=True)
def holds_certificate(context: RequestContext) -> bool:
    """Will tell whether whoever is at the door after the password has a card to show."""
    stage = getattr(context["request"], "_login_stage", None)
    return bool(stage and live_certificates(stage.login.user).exists())


@register.simple_tag(takes_context=True)
def own_factors(context: RequestContext) -> dict[str, Any]:
    """Will give what the page of second factors tells beyond allauth's own."""
    user = context["request"].user
    return {
        "certificates": live_certificates(user).count(),
        "phone": find_factor(user),
        "is_offered": is_offered(),
    }


@register.simple_tag(takes_context=True)
def waiting_step_up(context: RequestContext) -> dict[str, Any] | None:
    """Will give the act that waits for a factor to be enrolled: its label and ticket."""
    kept = context["request"].session.get("step_up_waiting")
    return {"label": acts.act_of(kept["act"]).label, "token": kept["token"]} if kept else None


@register.simple_tag(takes_context=True)
def interrupted_page(context: RequestContext) -> bool:
    """Will tell whether a page waits from which the missing factor kept somebody."""
    request = context["request"]
    is_kept = enforcement.INTERRUPTED_KEY in request.session
    return is_kept and not enforcement.must_enrol(request, request.user)
