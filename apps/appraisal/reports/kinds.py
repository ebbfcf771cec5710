"""What a statistic is, and what is asked of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from apps.accounts.models import Tenant, User
from apps.common.periods import Period
from apps.places.models import Area

Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Who asks for which days, where and of whose keeping. area, vendor: None, "" for all."""

    viewer: User
    tenant: Tenant
    period: Period
    area: Area | None = None
    vendor: str = ""

    @property
    def ground(self) -> Area | None:
        """The area asked for, or that of the body."""
        return self.area or self.tenant.area


@dataclass(frozen=True)
class Heading:
    """A column. key: of the rows.

    kind: text, number, percent, time (seconds since 1970), length (seconds), cause or yes.
    """

    key: str
    label: str | Promise
    kind: str = "text"


@dataclass(frozen=True)
class Report:
    """One statistic. group: points, recording, assets or orders.

    read: rows in the order shown, each with a value per heading; "url" leads to more. chart: key
    of the label and keys of the values drawn; of the first thirty rows. is_of_days: whether the
    days asked for matter.
    """

    code: str
    group: str
    label: str | Promise
    about: str | Promise
    headings: tuple[Heading, ...]
    read: Callable[[Asked], list[Row]]
    chart: tuple[str, tuple[str, ...]]
    is_of_days: bool = True
