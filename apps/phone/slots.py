"""What the phone could do with services the city does not have: each is named, off, and says why.

A slot is a place for an adapter, not a feature: nothing is asked of anybody, nothing is sent
anywhere, and the worker reads on 我的 why it is off. Whoever connects a service adds the adapter,
takes the slot out of ``SLOTS`` and puts its screen in.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Slot:
    """A switched-off entry. source: the requirement that asks for it."""

    code: str
    label: str | Promise
    reason: str | Promise
    source: str


SLOTS = (
    Slot(
        "speech",
        _("语音录入"),
        _("未接入语音识别服务；录音属个人信息，接入前须经评估。可使用手机输入法自带的语音键盘。"),
        "GR-14",
    ),
    Slot(
        "card",
        _("证件识别"),
        _(
            "未接入证件识别服务；证件照片属敏感个人信息，不发往外部网络。请手工录入，校验位会自动核对。"
        ),
        "GR-14",
    ),
    Slot(
        "watch",
        _("群防群治：查看附近视频、一键报警"),
        _("未接入视频平台和报警中心。遇紧急情况请拨打 110、119、120。"),
        "GR-18",
    ),
)
