"""How cases belong together (MT-08)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SystemActor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.matters.enums import LinkKind
from apps.matters.models import Case, CaseLink
from apps.matters.selectors import visible_cases


@transaction.atomic
def link_cases(
    actor: User | SystemActor, *, source_id: int, target_id: int, kind: LinkKind
) -> CaseLink:
    """Will say that ``source`` stands to ``target`` as ``kind``; saying it twice is harmless.

    Locks both cases in the order of their ids. Raises: NotFound (a case the actor may not see);
    InvalidInput (a case with itself).
    """
    if source_id == target_id:
        raise InvalidInput(_("案件不能与自身关联"), field="target")
    seen = visible_cases(actor) if isinstance(actor, User) else Case.objects.all()
    found = list(
        seen.filter(pk__in=[source_id, target_id]).select_for_update(of=("self",)).order_by("pk")
    )
    if len(found) != 2:
        raise NotFound(_("没有这个案件，或您无权查看"))
    link, created = CaseLink.objects.get_or_create(
        source_id=source_id,
        target_id=target_id,
        kind=kind,
        defaults={"created_at": clock.now(), "created_by_name": actor.display_name},
    )
    if created:
        audit.record(
            actor,
            "case.linked",
            object_type="case",
            object_id=source_id,
            data={"target": target_id, "kind": kind.value},
        )
    return link
