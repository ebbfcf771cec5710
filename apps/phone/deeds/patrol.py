"""巡查签到: being at a point of a patrol."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.fieldwork.enums import StopState
from apps.fieldwork.services import check_in
from apps.phone.deeds.base import DeedKind, Outcome, Work, register

UNKNOWN_ACCURACY_M = 100.0  # a place picked by hand is worth no more


def do(user: User, work: Work) -> Outcome:
    """Checks in; out of place is kept too and said."""
    spot = work.where()
    found = check_in(
        user,
        key=work.key,
        patrol_id=work.needed("patrol_id"),
        point_id=work.needed("point_id"),
        at=work.at,
        lon=spot.lon,
        lat=spot.lat,
        accuracy_m=UNKNOWN_ACCURACY_M if spot.accuracy_m is None else spot.accuracy_m,
        note=work.text("note", longest=500),
        files=work.files,
    )
    in_place = found.stop.state == StopState.DONE
    return Outcome(
        number=str(found.pk),
        link=f"/m/patrol/?patrol={found.stop.patrol_id}",
        message=_("已签到") if in_place else _("已记录，但不在点位范围内"),
    )


CHECK_IN = register(DeedKind("patrol_check_in", gettext_lazy("巡查签到"), do, most_files=6))
