"""上岗、下岗、位置: when somebody is on duty, and where, with their consent."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.fieldwork.services import Fix, end_duty, report_positions, start_duty
from apps.phone.deeds.base import DeedKind, Outcome, Work, is_number, register
from apps.phone.deeds.moments import moment_in
from apps.phone.errors import BadDeed


def start(user: User, work: Work) -> Outcome:
    """Goes on duty; positions only with the consent given on the phone."""
    session = start_duty(user, key=work.key, at=work.at, consent=work.flag("consent"))
    return Outcome(number=str(session.pk), message=_("已上岗"))


def end(user: User, work: Work) -> Outcome:
    """Goes off duty; nothing of where the person is comes after that."""
    session = end_duty(user, key=work.key, at=work.at)
    return Outcome(number=str(session.pk), message=_("已下岗"))


def positions(user: User, work: Work) -> Outcome:
    """Keeps a stretch of the way."""
    raw = work.values.get("fixes")
    if not isinstance(raw, list):
        raise BadDeed(_("内容格式不对"), field="fixes")
    kept = report_positions(user, key=work.key, fixes=[_fix(one, work) for one in raw])
    return Outcome(message=_("已记录 %(n)d 个位置") % {"n": kept})


def _fix(one: Any, work: Work) -> Fix:
    names = ("lon", "lat", "accuracy_m")
    if not isinstance(one, Mapping) or not all(is_number(one.get(name)) for name in names):
        raise BadDeed(_("位置格式不对"), field="fixes")
    lon, lat, accuracy = (float(one[name]) for name in names)
    return Fix(at=moment_in(one, work, "fixes"), lon=lon, lat=lat, accuracy_m=accuracy)


START = register(DeedKind("duty_start", gettext_lazy("上岗"), start, needs_place=False))
END = register(DeedKind("duty_end", gettext_lazy("下岗"), end, needs_place=False))
POSITIONS = register(DeedKind("positions", gettext_lazy("位置记录"), positions, needs_place=False))
