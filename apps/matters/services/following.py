"""What one event of a case sets going elsewhere: ordered in the transaction that writes it.

``performing.write_event`` calls the two functions here. A case without parts, calls or
listeners costs nothing: what is asked of the database depends on its definition and its own row.
"""

from typing import Any

from django.utils.translation import ngettext

from apps.common import outbox
from apps.matters import causes
from apps.matters.actions.base import Context
from apps.matters.enums import PartState, StateCategory
from apps.matters.errors import ActionNotPossible
from apps.matters.listening import facts_heard, who_hears
from apps.matters.models import CaseEvent, SplitPart
from apps.matters.splitting import SOURCE_PREFIX

SETTLE_TOPIC = "matters.settle_part"
PARENT_TOPIC = "matters.settle_parent"
SPLIT_TOPIC = "matters.split"
LISTEN_TOPIC = "matters.listen"
#: Steps of the engine itself that end a parent because its parts say so.
_OWN_STEPS = frozenset({"joined", "part_returned", "cancelled"})


def require_may_end(ctx: Context, after: str) -> None:
    """Will refuse to end a case whose parts are open, unless its definition permits it.

    Raises: ActionNotPossible, naming how many there are.
    """
    if not ctx.definition.splits or ctx.action.code in _OWN_STEPS or ctx.case.is_ended:
        return
    if ctx.definition.state(after).category != StateCategory.ENDED:
        return
    strict = [code for code, split in ctx.definition.splits.items() if split.close == "refuse"]
    count = SplitPart.objects.filter(
        split__parent=ctx.case,
        split__code__in=strict,
        state__in=[PartState.OPEN, PartState.RETURNED],
    ).count()
    if count:
        raise ActionNotPossible(
            ngettext(
                "还有%(count)s件子事项未结束，请先办结或撤销子事项",
                "还有%(count)s件子事项未结束，请先办结或撤销子事项",
                count,
            )
            % {"count": count}
        )


def follow(ctx: Context, event: CaseEvent) -> None:
    """Will order what the event means to listeners, parent, parts and automatic splits.

    The facts of the case go along as they are: a listener judges the event, not what came after.
    """
    if who_hears(ctx.case, event):
        _order(LISTEN_TOPIC, f"event:{event.pk}", event=event.pk, facts=facts_heard(ctx.case))
    moved = event.from_state != event.to_state
    if moved and event.from_state and (ctx.case.source_key or "").startswith(SOURCE_PREFIX):
        _order(SETTLE_TOPIC, f"event:{event.pk}", case=event.case_id)
    if not ctx.definition.splits:
        return
    if moved and ctx.case.is_ended:
        _order(PARENT_TOPIC, f"event:{event.pk}", case=event.case_id)
    for split in ctx.definition.splits.values():
        if event.action in split.after and event.to_state in split.sources:
            _order(SPLIT_TOPIC, f"{split.code}:{event.pk}", case=event.case_id, split=split.code)


def _order(topic: str, key: str, **payload: Any) -> None:
    outbox.enqueue(topic, key=key, payload=payload | causes.payload())
