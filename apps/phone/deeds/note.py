"""随手记: a few words and pictures for the leader, about nothing in particular."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.phone.deeds.base import DeedKind, Outcome, Work, register
from apps.phone.enums import DeedState


def do(_user: User, work: Work) -> Outcome:
    """Keeps the note where the leader reads it; it needs no row beside the deed itself."""
    work.text("text", required=True)
    return Outcome(state=DeedState.KEPT, message=_("已送网格长"))


NOTE = register(DeedKind("note", _("随手记"), do, needs_place=False))
