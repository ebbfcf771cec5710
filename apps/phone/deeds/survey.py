"""部件普查: what became of a thing of the street."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.assets.services import survey_asset
from apps.phone.deeds.base import DeedKind, Outcome, Work, register


def do(user: User, work: Work) -> Outcome:
    """Keeps what was found of a thing, or that there is a new one."""
    spot = work.where()
    found = survey_asset(
        user,
        key=work.key,
        asset_id=work.number("asset_id"),
        kind_code=work.text("kind_code", longest=4),
        finding=work.text("finding", required=True, longest=10),
        lon=spot.lon,
        lat=spot.lat,
        accuracy_m=spot.accuracy_m,
        at=work.at,
        note=work.text("note", longest=300),
        files=work.files,
    )
    return Outcome(number=str(found.pk), message=_("普查已登记"))


SURVEY = register(DeedKind("asset_survey", gettext_lazy("部件普查"), do))
