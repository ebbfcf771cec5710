"""Why there is no picture.

    Refused
    `-- NoPicture     code: what was wrong with this way to the camera

Codes: ``no_source`` (none in use), ``address_refused`` (outside the device networks),
``unreachable``, ``timeout``, ``wrong_password``, ``not_found``, ``redirected``, ``bad_answer``,
``too_large``, ``unsupported`` (this way cannot do that).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused

REASONS = {
    "no_source": _("没有启用的取流方式"),
    "address_refused": _("地址不在设备网段之内"),
    "unreachable": _("连接不上"),
    "timeout": _("超时未应答"),
    "wrong_password": _("用户名或密码不对"),
    "not_found": _("设备上没有这个通道或画面"),
    "redirected": _("设备要求转到别的地址，已拒绝"),
    "bad_answer": _("应答不符合协议"),
    "too_large": _("画面过大"),
    "unsupported": _("该接入方式不支持此操作"),
}


class NoPicture(Refused):
    """A camera gave no picture; ``code`` tells why, ``str()`` says it."""

    def __init__(self, code: str, detail: str = "") -> None:
        reason: Any = REASONS[code]
        super().__init__(f"{reason}（{detail}）" if detail else reason, code=code)
