"""What a reporter adds to a running case without being asked: files that came after the words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.common import clock, rows
from apps.matters.actions.base import Context
from apps.matters.actors import Reporter
from apps.matters.definition import ActionDef, definition_of
from apps.matters.enums import AttachmentPurpose
from apps.matters.models import CaseEvent
from apps.matters.services.performing import NewFile, attach, lock_case, write_event

_ADDING = ActionDef(code="add_files", label="", sources=frozenset(), who=())


@rows.in_order()
def add_files(*, case_id: int, files: Sequence[NewFile], key: str) -> bool:
    """Will put the reporter's files with a case, in whatever state, with an entry of its history.

    key: the same again changes nothing and gives False, as does a case whose people are
    forgotten. Locks the case; the state and the clocks stay. Raises: NotFound. Source: HL-06.
    """
    case = lock_case(case_id)
    known = CaseEvent.objects.filter(case=case, key=key).exists()
    if not files or known or hasattr(case, "tombstone"):
        return False
    ctx = Context(
        actor=Reporter(case_id=case.pk),
        case=case,
        definition=definition_of(case.version_id, case.version.body),
        action=_ADDING,
        data={},
        now=clock.now(),
    )
    event = write_event(ctx, _("补充材料"), key=key)
    attach(ctx, event, files, purpose=AttachmentPurpose.REPORT, is_public=True)
    return True
