"""Which area and thing a host is, and what is forgotten. Source: OP-07."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.journals import permissions
from apps.journals.models import Deviation, Host, HourCount
from apps.journals.partitions import LINES, begin_of
from apps.journals.services.following import drop_old_files
from apps.places.models import Area

AHEAD_DAYS, FIGURE_DAYS = 2, 400


@transaction.atomic
def save_host(actor: User, *, host_id: int, area: Area, asset: Asset | None) -> Host:
    """Will say where a host is and which thing it is; audited with both sides. Locks the host.

    Raises: NotFound; NotAllowed (no right where it is, or where it shall be); InvalidInput (field
        "asset": it lies elsewhere).
    """
    found = Host.objects.select_for_update(of=("self",)).select_related("area")
    host = found.filter(permissions.ground_q(actor), pk=host_id).first()
    if host is None:
        raise NotFound(_("没有这台主机"))
    permissions.require_keep(actor, host.area)
    permissions.require_keep(actor, area)
    if asset is not None and (asset.area is None or not asset.area.path.startswith(area.path)):
        raise InvalidInput(_("该部件不在所选区域内"), field="asset")
    before = audit.snapshot(host, "area_id", "asset_id")
    host.area, host.asset = area, asset
    after = audit.snapshot(host, "area_id", "asset_id")
    if before == after:
        return host
    host.save(update_fields=["area", "asset"])
    audit.record(
        actor, "log_host.changed", object_type="journals.host", object_id=host.pk,
        object_label=host.name, data=audit.changes(before, after),
    )  # fmt: skip
    return host


def keep_days() -> int:
    """Will make the parts of the coming days, drop what is older than six months, and say how
    many parts were dropped. Hourly counts and deviations are kept for 400 days."""
    today = clock.today()
    LINES.ensure(today + timedelta(days=n) for n in range(AHEAD_DAYS + 1))
    dropped = LINES.drop_before(today - timedelta(days=settings.LOG_KEEP_DAYS))
    long_ago = begin_of(today - timedelta(days=FIGURE_DAYS))
    HourCount.objects.filter(hour__lt=long_ago).delete()
    Deviation.objects.filter(hour__lt=long_ago).delete()
    drop_old_files()
    return len(dropped)
