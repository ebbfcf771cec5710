"""What a leader does about deeds that were kept instead of done."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.services import changes, record, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.phone import permissions, selectors
from apps.phone.models import Deed

_SHOWN = ("settled_at", "settled_note")


@transaction.atomic
def settle_kept(actor: User, *, deed_id: int, note: str) -> Deed:
    """Will note what became of a kept deed; it leaves the list. Locks the row.

    Raises: NotAllowed (no right); NotFound (not there, or another area's); InvalidInput (field
        ``note``); Refused (dealt with already).
    """
    permissions.require_read_kept(actor)
    found = selectors.get_kept(actor, deed_id=deed_id)
    deed = Deed.objects.select_for_update().get(pk=found.pk)
    if deed.settled_at is not None:
        raise Refused(_("已经处理过了"))
    note = note.strip()
    if not 1 <= len(note) <= 200:
        raise InvalidInput(_("请用 200 字以内写明如何处理"), field="note")
    before = snapshot(deed, *_SHOWN)
    deed.settled_at, deed.settled_by, deed.settled_note = clock.now(), actor, note
    deed.save(update_fields=["settled_at", "settled_by", "settled_note"])
    record(
        actor,
        "phone.kept_settled",
        object_type="phone.deed",
        object_id=deed.pk,
        object_label=deed.kind,
        data=changes(before, snapshot(deed, *_SHOWN)),
    )
    return deed


def open_kept(actor: User, *, deed_id: int) -> Deed:
    """Will give a kept deed to read, and note that it was read.

    Raises: NotAllowed; NotFound.
    """
    permissions.require_read_kept(actor)
    deed = selectors.get_kept(actor, deed_id=deed_id)
    record(
        actor,
        "phone.kept_read",
        object_type="phone.deed",
        object_id=deed.pk,
        object_label=deed.kind,
        data={"worker": deed.user.display_name},
    )
    return deed
