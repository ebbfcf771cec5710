"""What every deed of this app does alike: check a text, write to the log."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import Actor, record
from apps.common.errors import InvalidInput


def clean_text(value: str, field: str, label: str, *, most: int) -> str:
    """Will give a text without blanks around it. Raises: InvalidInput (empty, too long)."""
    text = value.replace("\x00", "").strip()
    if not text:
        raise InvalidInput(_("请填写%s") % label, field=field)
    if len(text) > most:
        raise InvalidInput(
            _("%(label)s不能超过%(most)s个字，现有%(now)s个字")
            % {"label": label, "most": most, "now": len(text)},
            field=field,
        )
    return text


def log(actor: Actor, action: str, row: Model, **data: Any) -> None:
    """Will append what was done to a row, named by its model and text."""
    record(
        actor,
        action,
        object_type=row._meta.label_lower,
        object_id=row.pk,
        object_label=str(row),
        data=data,
    )


def name_of(actor: User) -> str:
    """Will give the name kept with what somebody did: who, and in whose name."""
    return str(actor.log_name)[:100]
