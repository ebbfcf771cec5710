"""A citizen as the log names them: by the number of the account, never by name or phone."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.residents.models import PublicAccount


@dataclass(frozen=True)
class Citizen:
    """Whoever holds a public account; ``pk`` is empty, for the log's keys are those of staff."""

    account_id: int
    pk: None = None

    @property
    def display_name(self) -> str:
        return _("公众账户 %s") % self.account_id


def citizen(account: PublicAccount) -> Citizen:
    """Will give the actor behind an account."""
    return Citizen(account.pk)
