"""Times inside a deed, put right as the deed's own time was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.phone.deeds.base import Work
from apps.phone.errors import BadDeed


def moment_in(row: Mapping[str, Any], work: Work, field: str) -> datetime:
    """Will give the ``at`` of a row by the server's clock. Raises: BadDeed."""
    try:
        found = parse_datetime(str(row.get("at")))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadDeed(_("时间格式不对"), field=field)
    return found - work.clock_ahead
