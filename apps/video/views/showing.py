"""What pages say of one camera."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.common import clock, forms_data
from apps.video import selectors
from apps.video.models import Camera, CameraForm

DAYS = 14


@dataclass(frozen=True)
class HourCell:
    """One hour of the recording table. level: "" unknown, "done", "soon", "over"."""

    level: str
    text: str


def recording_rows(camera: Camera) -> dict[str, Any]:
    """Will give the last two weeks hour by hour, with rate and gaps."""
    until = clock.today()
    since = until - timedelta(days=DAYS - 1)
    days = selectors.list_days(camera, since=since, until=until)
    rate = selectors.recording_rates([camera.pk], since=since, until=until)[camera.pk]
    return {
        "days": [(day.on, [_cell(s) for s in day.seconds]) for day in reversed(days)],
        "hours": range(24),
        "recording_rate": "—" if rate.rate is None else f"{100 * rate.rate:.2f}%",
        "recording": rate,
        "gaps": selectors.list_gaps(camera, since=since, until=until)[::-1][:50],
    }


def _cell(seconds: int | None) -> HourCell:
    if seconds is None:
        return HourCell("", _("未知"))
    if seconds >= 3600:
        return HourCell("done", _("完整"))
    if seconds:
        return HourCell("soon", _("在录 %(n)d 分钟") % {"n": seconds // 60})
    return HourCell("over", _("无录像"))


def stated_rows(camera: Camera) -> list[forms_data.ShownValue]:
    """Will give the answers to the city's own form, under the version they were given in."""
    form = CameraForm.objects.filter(version=camera.form_version).first()
    if form is None:
        return []
    return list(forms_data.show(form.definition, camera.details))
