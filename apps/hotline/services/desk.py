"""What the desk does with one form: register, and in the same breath accept or answer."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assist.services import take_draft
from apps.common.models import StoredFile
from apps.hotline import permissions
from apps.hotline.models import DeskDraft
from apps.hotline.selectors.drafts import require_tenant
from apps.hotline.services.drafts import discard, source_key
from apps.hotline.services.knowledge import record_hit
from apps.hotline.services.registering import Intake, register_demand
from apps.matters.services import NewFile, Outcome, perform


@dataclass(frozen=True)
class NextStep:
    """What follows at once on registering; action "": nothing, it waits in the queue.

    cited: articles whose sentences the answer was drafted from.
    machine_draft: key of the draft by a language model the answer began with.
    """

    action: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    cited: frozenset[int] = frozenset()
    machine_draft: UUID | None = None


@transaction.atomic
def submit_form(
    actor: User,
    *,
    token: UUID,
    intake: Intake,
    then: NextStep,
    call_id: int | None = None,
) -> Outcome:
    """Will register the form, do the next step, and discard its draft; all or nothing.

    The files kept with the draft become attachments. The same token again gives the first
    case and does nothing. Where the agent chose no class, none is guessed here: accepting
    without one is refused by the action.

    Raises: NotAllowed; what ``register_demand`` and ``matters.perform`` refuse.
    Source: HL-09 to HL-12.
    """
    permissions.require_take_calls(actor)
    tenant = require_tenant(actor)
    draft = DeskDraft.objects.filter(token=token, agent=actor).first()
    outcome = register_demand(
        actor,
        tenant=tenant,
        intake=replace(intake, source_key=source_key(token)),
        files=_files(draft),
        call_id=call_id,
    )
    if then.action:
        outcome = perform(
            actor,
            case_id=outcome.case.pk,
            action=then.action,
            data=then.data,
            key=f"{source_key(token)}:{then.action}",
        )
        _count_articles(then, repeated=outcome.repeated)
        if then.machine_draft is not None and not outcome.repeated:
            take_draft(
                actor,
                key=then.machine_draft,
                text=then.data["answer"],
                case_id=outcome.case.pk,
                event_id=outcome.event.pk,
            )
    discard(actor, token=token)
    return outcome


def _files(draft: DeskDraft | None) -> list[NewFile]:
    kept = draft.data.get("files", []) if draft is not None else []
    stored = StoredFile.objects.in_bulk([f["id"] for f in kept])
    return [NewFile(stored[f["id"]], f["name"]) for f in kept if f["id"] in stored]


def _count_articles(then: NextStep, *, repeated: bool) -> None:
    if repeated:
        return
    quoted = then.data.get("article_id")
    for article_id in sorted(then.cited | ({int(quoted)} if quoted else set())):
        record_hit(article_id)
