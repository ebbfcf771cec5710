"""Who can act on a case besides a signed-in user."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.services import SystemActor


@dataclass(frozen=True)
class Reporter:
    """The citizen who reported ``case_id``, proven by receipt number and phone."""

    case_id: int
    pk: None = None

    @property
    def display_name(self) -> str:
        return str(_("反映人"))


CaseActor = User | Reporter | SystemActor
