"""Reads of telephone calls."""

from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.questions import Question, together
from apps.hotline.enums import OVERSEE_CALLS, CallState
from apps.hotline.models import Call

#: How long a finished call stays on the desk: the time to write down what was said.
AFTER_CALL = timedelta(minutes=30)
#: A ringing call nobody reported the end of is forgotten by the desk after this.
RINGING_MAX = timedelta(minutes=10)
LIVE_MAX = timedelta(hours=4)
_OWN = Question(
    lambda agent, live_since, ringing_since: (
        Call.objects.select_related("line", "caller")
        .filter(agent_id=agent)
        .filter(
            Q(state=CallState.ANSWERED, rang_at__gte=live_since)
            | Q(state=CallState.RINGING, rang_at__gte=ringing_since)
        )
        .order_by("-id")
    ),
    (int, datetime, datetime),
)
_RINGING = Question(
    lambda tenant, since: (
        Call.objects.select_related("line", "caller")
        .filter(line__tenant_id=tenant, agent=None, direction="in")
        .filter(state=CallState.RINGING, rang_at__gte=since)
        .order_by("id")[:1]
    ),
    (int, datetime),
)


def list_calls(viewer: User) -> QuerySet[Call]:
    """Will give the viewer's own calls, for supervisors all of the tenant, newest first."""
    scope = scope_of(viewer)
    found = Call.objects.select_related("line", "agent", "caller")
    if scope.everything:
        return found.order_by("-id")
    found = found.filter(line__tenant_id__in=scope.tenant_ids)
    if not scope.permissions & OVERSEE_CALLS:
        found = found.filter(agent=viewer)
    return found.order_by("-id")


def get_call(viewer: User, call_id: int) -> Call:
    """Will give a call the viewer may see. Raises: NotFound."""
    call = list_calls(viewer).filter(pk=call_id).first()
    if call is None:
        raise NotFound(_("没有这通来电"))
    return call


def current_call(agent: User) -> Call | None:
    """Will find the call the desk should show: an own live one, else one that rings for all.

    Every open desk asks every ten seconds.
    """
    now, tenants = clock.now(), sorted(scope_of(agent).tenant_ids)
    ringing_since = now - RINGING_MAX
    asked = [_RINGING.of(tenant, ringing_since) for tenant in tenants]
    own, *ringing = together(_OWN.of(agent.pk, now - LIVE_MAX, ringing_since), *asked)
    live = [call for call in own if call.line.tenant_id in tenants]
    waiting = sorted(chain.from_iterable(ringing), key=lambda call: call.pk)
    return next(iter([*live, *waiting]), None)


def desk_call(agent: User, call_id: int | None) -> Call | None:
    """Will find an own call to work on: live, or ended within the last half hour."""
    if call_id is None:
        return None
    since = clock.now() - AFTER_CALL
    return (
        Call.objects.select_related("line", "caller")
        .filter(pk=call_id, agent=agent)
        .filter(Q(ended_at=None) | Q(ended_at__gte=since))
        .first()
    )
