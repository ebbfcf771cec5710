"""Ready field mappings for systems a city usually exchanges with, to begin from (MT-12).

The rows are data (``fixtures/gateway/exchange_profiles.json``). An officer loads them into the
page of a connector, changes what her neighbour calls otherwise, tries them with a sample and
saves a version: nothing is in force before. Field names are those such interfaces commonly
use; no national standard fixes them.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.gateway.enums import MappingDirection
from apps.gateway.mapping import Row, rows_of

FIXTURE = settings.BASE_DIR / "fixtures" / "gateway" / "exchange_profiles.json"


@dataclass(frozen=True)
class ExchangeProfile:
    """A shape messages are put into and results are taken in. code: of its rows in the file."""

    code: str
    label: Any

    def rows(self, direction: str) -> list[Row]:
        """Will give its rows for a direction."""
        plain = {"codes": {}, "fixed": "", "source": "", "format": "", "required": False}
        return rows_of([plain | row for row in _kept()[self.code][direction]])

    def sample(self, direction: str) -> Any:
        """Will give a message of theirs to try it with; None: our own go out."""
        return _kept()[self.code]["sample"] if direction == MappingDirection.IN else None


PROFILES = (
    ExchangeProfile("hotline_peer", _("相邻城市的12345热线平台")),
    ExchangeProfile("department", _("部门业务系统（派件与回执）")),
)


def find_profile(code: str) -> ExchangeProfile | None:
    """Will give a profile by its code, if there is one."""
    return next((profile for profile in PROFILES if profile.code == code), None)


@cache
def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return found
