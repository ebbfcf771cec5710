"""Who has read much of a layer that is not public. Source: AC-09, SE-04."""

from django.conf import settings

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import ratelimit
from apps.common.errors import TooMany
from apps.onemap.selectors import OpenLayer

_ONCE_S = 3600


def note_bulk_read(actor: Actor, opened: OpenLayer, *, matched: int | None, asked: str) -> None:
    """Will write to the log that somebody reads more rows than one person exports alone.

    matched: rows of the whole reading, None: too many to count. asked: the query as sent.
    Written once an hour for each reader and layer: a reading comes page by page. Rows anybody
    may read leave nothing behind.
    """
    if opened.layer.is_public:
        return
    if matched is not None and matched <= settings.EXPORT_ALONE_LIMIT:
        return
    who = f"{type(actor).__name__}:{actor.pk}:{opened.code}"
    try:
        ratelimit.hit("ogc.bulk", who, limit=1, per_seconds=_ONCE_S)
    except TooMany:
        return
    audit.record(
        actor,
        "map.read_in_bulk",
        object_type="onemap.layer",
        object_id=opened.code,
        object_label=str(opened.layer.label),
        data={"matched": matched, "asked": asked[:1000]},
    )
