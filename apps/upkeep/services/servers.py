"""Switches of the database's server: noticed by themselves, explained by a person. OP-23, PF-08."""

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit.services import SYSTEM, changes, record_row, snapshot
from apps.common import clock, standby
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.notices import services as notices
from apps.upkeep import permissions
from apps.upkeep.enums import SwitchCause
from apps.upkeep.models import ServerTerm

NOTE_MOST = 1000
_WHO_SERVES = """
    select (select system_identifier from pg_control_system()),
           ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int,
           coalesce(host(inet_server_addr()), '')
"""


def note_server() -> ServerTerm | None:
    """Will note which server serves; a new one begins a term, is audited and told to the keepers.

    None on a standby, which can note nothing. Safe to run at once: a server has one term.
    """
    if standby.is_read_only(connect=True):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_WHO_SERVES)
        system, timeline, address = cursor.fetchone()
    moment = clock.now()
    with transaction.atomic():
        before = ServerTerm.objects.order_by("-pk").first()
        term, is_new = ServerTerm.objects.get_or_create(
            system=str(system),
            timeline=timeline,
            defaults={"address": address, "began_at": moment, "seen_at": moment},
        )
        if not is_new:
            ServerTerm.objects.filter(pk=term.pk).update(seen_at=moment)
        elif before is not None:
            _tell(term, before)
    return term


@transaction.atomic
def explain_switch(actor: User, *, term_id: int, cause: str, note: str) -> ServerTerm:
    """Will write down why another server took over; may be corrected, both wordings are audited.

    Locks the term. Raises: NotAllowed; NotFound; Refused (the first server: nothing was switched);
        InvalidInput ("cause", "note").
    """
    permissions.require_keep(actor)
    term = ServerTerm.objects.select_for_update().filter(pk=term_id).first()
    if term is None:
        raise NotFound(_("没有这次切换"))
    if not ServerTerm.objects.filter(pk__lt=term.pk).exists():
        raise Refused(_("最初的服务器不是切换而来"), code="first_server")
    if cause not in SwitchCause.values:
        raise InvalidInput(_("请选择切换原因"), field="cause")
    words = note.strip()
    if not words:
        raise InvalidInput(_("请填写说明"), field="note")
    if len(words) > NOTE_MOST:
        raise InvalidInput(_("说明不能超过%d个字") % NOTE_MOST, field="note")
    before = snapshot(term, "cause", "note")
    term.cause, term.note = cause, words
    term.written_by, term.written_at = actor, clock.now()
    term.save(update_fields=["cause", "note", "written_by", "written_at"])
    record_row(actor, "server_switch.explained", term, **changes(before, snapshot(term, *before)))
    return term


def _tell(term: ServerTerm, before: ServerTerm) -> None:
    record_row(
        SYSTEM, "server_switch.noticed", term,
        before={"server": str(before), "seen_at": before.seen_at.isoformat()},
        after={"server": str(term)},
    )  # fmt: skip
    with override("zh-hans"):
        notices.notify(
            recipients=users_with_permission(permissions.KEEP),
            kind="upkeep",
            title=_("数据库已由另一台服务器接管"),
            body=_("原服务器：%(before)s；现服务器：%(now)s。请登记原因。")
            % {"before": before, "now": term},
            url=reverse("upkeep:server-list"),
            key=f"upkeep-server-{term.pk}",
        )
