"""The list of words that never count as rising; kept by the city."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.voices import permissions
from apps.voices.models import StopPhrase

LENGTHS = range(2, 21)
MOST = 500


@transaction.atomic
def add_stop_phrase(actor: User, *, tenant: Tenant, text: str) -> StopPhrase:
    """Will keep these words out of the rising phrases from the next scan on; twice is harmless.

    Raises: NotAllowed; InvalidInput (text; too many).
    """
    permissions.require_keep(actor)
    words = text.replace("\x00", "").strip()
    if len(words) not in LENGTHS:
        raise InvalidInput(_("停用词须为 2 至 20 个字"), field="text")
    if StopPhrase.objects.filter(tenant=tenant).count() >= MOST:
        raise InvalidInput(_("停用词最多 %d 个") % MOST, field="text")
    found, is_new = StopPhrase.objects.get_or_create(
        tenant=tenant,
        text=words,
        defaults={"added_at": clock.now(), "added_by_name": actor.display_name},
    )
    if is_new:
        _note(actor, "stop_phrase.added", found, after={"text": words})
    return found


@transaction.atomic
def drop_stop_phrase(actor: User, *, tenant: Tenant, pk: int) -> None:
    """Will let these words count again. Raises: NotAllowed; NotFound."""
    permissions.require_keep(actor)
    found = StopPhrase.objects.filter(tenant=tenant, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个停用词"))
    _note(actor, "stop_phrase.dropped", found, before={"text": found.text})
    found.delete()


def _note(actor: User, action: str, found: StopPhrase, **data: dict[str, str]) -> None:
    record(
        actor,
        action,
        object_type="stop_phrase",
        object_id=found.pk,
        object_label=found.text,
        data={"before": {}, "after": {}} | data,
    )
