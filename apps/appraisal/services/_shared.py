"""What every deed of this app does alike: check a text, ask for a right, write to the log."""

from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.appraisal.enums import RunState
from apps.appraisal.models import Run
from apps.appraisal.selectors.runs import month_of
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused


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


def require_in(actor: User, right: str, tenant_id: int) -> None:
    """Raises: NotAllowed (no post of the actor carries the right in this body)."""
    if not scope_for(actor, right).covers_tenant(tenant_id):
        raise NotAllowed(_("您没有执行该操作的权限"))


def require_over(month: date) -> None:
    """Raises: Refused (the month is not over)."""
    if month_of(month).last >= clock.today():
        raise Refused(_("考核月还没有结束"))


def lock_run(actor: User, run_id: int, right: str) -> Run:
    """Will lock a month of the actor's body. Raises: NotFound; NotAllowed; Refused (frozen)."""
    found = Run.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if found is None:
        raise NotFound(_("没有这次考核"))
    require_in(actor, right, found.tenant_id)
    if found.state == RunState.FROZEN:
        raise Refused(_("该月考核已封存，不再变化"))
    return found
