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
        "card",
        _("证件识别"),
        _("手机端没有收集证件号码的表单；接待来访时可在受理台识别。请手工录入，校验位会自动核对。"),
        "GR-14",
    ),
    Slot(
        "watch",
        _("群防群治：查看附近视频、一键报警"),
        _("居民查看共享视频、一键报警尚未开放。遇紧急情况请拨打 110、119、120。"),
        "GR-18",
    ),
)
