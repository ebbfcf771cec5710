"""Diagnosis as proof of a repair: a camera mended is looked at anew, and what was seen proves it.

Nobody waits for the look: it is asked for, and its result brings the proof (``receivers``).
Source: VD-06, OP-10.
"""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import Refused
from apps.diagnosis import selectors, services
from apps.diagnosis.enums import BLIND, Fault
from apps.ops.registry import Asked, Found, register_proof
from apps.video.models import Camera

#: Code -> which faults a picture must be free of.
SIGNAL, PICTURE = "camera-signal", "camera-picture"
_BARRED: dict[str, frozenset[str]] = {
    SIGNAL: frozenset(BLIND),
    PICTURE: frozenset(Fault.values),
}


def register() -> None:
    """Will let kinds of faults want a picture, or a picture without any fault."""
    register_proof(SIGNAL, gettext_lazy("重新取图，有画面"), lambda asked: _prove(asked, SIGNAL))
    register_proof(
        PICTURE, gettext_lazy("重新诊断，画面正常"), lambda asked: _prove(asked, PICTURE)
    )


def _prove(asked: Asked, code: str) -> Found:
    """The newest picture since the repair decides; without one, one is asked for."""
    camera = Camera.objects.select_related("asset__area").filter(asset=asked.asset).first()
    if camera is None:
        return Found(None, _("该设备没有登记为摄像机，无法自动佐证"))
    result = selectors.newest_result(asked.asset.pk, since=asked.since)
    if result is None:
        try:
            run = services.take_proof(camera=camera)
        except Refused as refused:
            return Found(None, str(refused))
        url = reverse("diagnosis:run-detail", args=[run.pk])
        return Found(None, _("已安排重新取图，结果出来后自动写入"), url)
    url = reverse("diagnosis:result-detail", args=[result.pk])
    barred = [one for one in result.findings if one["fault"] in _BARRED[code]]
    if barred:
        return Found(False, _sentences(barred), url)
    if code == PICTURE or not result.findings:
        return Found(True, _("重新取图，画面正常"), url)
    return Found(True, _("已有画面；另有：%s") % _sentences(result.findings), url)


def _sentences(findings: Iterable[dict[str, str]]) -> str:
    return "；".join(one["sentence"] for one in findings)
