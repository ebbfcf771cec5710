"""What an agent has typed and not yet registered: nothing of it may be lost.

A draft belongs to one agent and one empty form (``token``). The page saves it while the agent
types and once more with the final submit, so that a refused submit or a lost browser tab
leaves everything, files too, to be taken up again.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.models import StoredFile
from apps.hotline import permissions
from apps.hotline.models import Call, DeskDraft
from apps.matters.models import Case

VALUE_MAX = 5000  # over the limit of any field: too long a text is kept too, to be shortened
FIELDS_MAX = 40
FILES_MAX = 9


def source_key(token: UUID) -> str:
    """Will give the identity under which a form is registered, once."""
    return f"desk:{token}"


@transaction.atomic
def save_draft(
    actor: User, *, token: UUID, data: Mapping[str, Any], call_id: int | None = None
) -> DeskDraft | None:
    """Will keep what was typed so far; None when this form was registered meanwhile.

    data: field names and strings; files kept before stay. Locks the draft's row.
    Raises: NotAllowed; NotFound (the draft is another agent's).
    """
    permissions.require_take_calls(actor)
    draft = _lock(actor, token)
    if draft is None:
        if Case.objects.filter(source_key=source_key(token)).exists():
            return None
        draft = DeskDraft(agent=actor, token=token)
    typed = {str(k): str(v)[:VALUE_MAX] for k, v in list(data.items())[:FIELDS_MAX]}
    typed.pop("files", None)
    draft.data = typed | {"files": draft.data.get("files", [])}
    if call_id is not None and draft.call_id is None:
        draft.call = Call.objects.filter(pk=call_id, agent=actor).first()
    draft.saved_at = clock.now()
    draft.save()
    return draft


@transaction.atomic
def attach_file(actor: User, *, token: UUID, file: StoredFile, name: str) -> DeskDraft:
    """Will keep a stored file with the draft; the same file again changes nothing.

    Raises: NotAllowed; NotFound; InvalidInput (field "file": more than 9).
    """
    draft = _lock(actor, token) or save_draft(actor, token=token, data={})
    if draft is None:
        raise NotFound(_("此表单已登记"))
    kept = draft.data.get("files", [])
    if any(f["id"] == file.pk for f in kept):
        return draft
    if len(kept) >= FILES_MAX:
        raise InvalidInput(_("最多添加%s个附件") % FILES_MAX, field="file")
    draft.data["files"] = [*kept, {"id": file.pk, "name": name[:160]}]
    draft.save(update_fields=["data"])
    return draft


@transaction.atomic
def detach_file(actor: User, *, token: UUID, file_id: int) -> DeskDraft:
    """Will take a file off the draft. Raises: NotAllowed; NotFound."""
    draft = _lock(actor, token)
    if draft is None:
        raise NotFound(_("没有这份草稿"))
    draft.data["files"] = [f for f in draft.data.get("files", []) if f["id"] != file_id]
    draft.save(update_fields=["data"])
    return draft


@transaction.atomic
def discard(actor: User, *, token: UUID) -> None:
    """Will throw a draft away; one that is gone already changes nothing."""
    draft = _lock(actor, token)
    if draft is not None:
        draft.delete()


def _lock(actor: User, token: UUID) -> DeskDraft | None:
    draft = DeskDraft.objects.select_for_update().filter(token=token).first()
    if draft is not None and draft.agent_id != actor.pk:
        raise NotFound(_("没有这份草稿"))
    return draft
