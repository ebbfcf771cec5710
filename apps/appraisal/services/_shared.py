"""What every deed of this app does alike: ask for a right, see that a month may be touched."""

from datetime import date

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.appraisal.enums import RunState
from apps.appraisal.models import Run
from apps.appraisal.selectors.runs import month_of
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound, Refused


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
