"""What a deadline does by itself: warn before, supervise after (SL-01, SL-02)."""

from django.utils.translation import gettext as _

from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM
from apps.clocks.models import Clock
from apps.clocks.registry import TimerFired
from apps.common.clock import now as clock_now
from apps.matters.actions.base import Context
from apps.matters.actions.oversight import lay
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import OrderKind
from apps.matters.services.performing import lock_case, write_event


def fire_threshold(fired: TimerFired) -> None:
    """Will warn the unit (yellow) or write a supervise order and tell the superiors (red).

    Runs in the transaction that marks the timer fired; locks the case. Once by
    (clock, threshold, round, occurrence): a repeated call finds the event by its key.
    """
    case = lock_case(fired.subject_id)
    if case.is_ended:
        return
    clock = Clock.objects.get(pk=fired.clock_id)
    key = f"timer:{fired.clock_id}:{fired.threshold_code}:{clock.round}:{fired.occurrence}"
    if case.events.filter(key=key).exists():
        return
    definition = definition_of(case.version_id, case.version.body)
    overdue = fired.level != "yellow"
    code, label = ("overdue", _("超期督办")) if overdue else ("due_soon", _("到期预警"))
    ctx = Context(
        actor=SYSTEM,
        case=case,
        definition=definition,
        action=ActionDef(code=code, label=label, sources=frozenset(), who=()),
        data={},
        now=clock_now(),
    )
    ctx.event_data["clock"] = fired.name
    ctx.event_data["threshold"] = fired.threshold_code
    if overdue:
        text = _("“%(clock)s”已到期仍未完成，系统自动督办。") % {"clock": clock.label}
        lay(
            ctx,
            OrderKind.SUPERVISE,
            text,
            cause=f"clock:{fired.name}:{fired.threshold_code}",
            reply_hours=definition.policy("order_reply_hours"),
        )
        superiors = users_with_permission("matters.supervise_case").filter(
            appointments__post__organization__tenant_id=case.tenant_id
        )
        ctx.notify(superiors, kind="overdue", title=_("超期：%s") % case.title, body=text)
    else:
        ctx.note = _("“%(clock)s”即将到期。") % {"clock": clock.label}
        if case.unit is not None:
            ctx.notify(
                users_with_permission("matters.handle_case", organization=case.unit),
                kind="due_soon",
                title=_("即将到期：%s") % case.title,
                body=ctx.note,
            )
    write_event(ctx, label, key=key)
