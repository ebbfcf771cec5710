"""What a scheme says, read from its body. Pure; the editor, the computation and the page use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.appraisal.enums import Cause, Indicator, StaffPart
from apps.appraisal.reckoning import Rules, Weights
from apps.appraisal.reckoning.scoring import INDICATORS
from apps.common.errors import InvalidInput

MOST_KINDS = 40
#: Percent of each part of the rating of people and posts, where a scheme says nothing of it.
STAFF_WEIGHTS: dict[str, int] = {
    StaffPart.QUANTITY.value: 20,
    StaffPart.TIME.value: 20,
    StaffPart.COST.value: 10,
    StaffPart.ON_TIME.value: 30,
    StaffPart.ABILITY.value: 20,
}


@dataclass(frozen=True)
class Terms:
    """The terms of an appraisal. weights: percent, together 100.

    excused: causes held against nobody; planned work never is. unknown_is_down: seconds nobody
    could tell count as down; otherwise they are left out. kinds: codes of asset classes that are
    appraised; empty: everything somebody watches. appeal_days: how long rows may be appealed.
    staff: percent of each part of the rating of people and posts, together 100.
    """

    weights: Weights
    excused: frozenset[str]
    unknown_is_down: bool = False
    kinds: tuple[str, ...] = ()
    appeal_days: int = 5
    staff: Mapping[str, int] = field(default_factory=lambda: dict(STAFF_WEIGHTS))

    @property
    def rules(self) -> Rules:
        """What they say of seconds."""
        return Rules(excused=self.excused, unknown_is_down=self.unknown_is_down)

    def as_body(self) -> dict[str, Any]:
        """Will give them as plain JSON, the same for the same terms."""
        return {
            "weights": {code: self.weights.of(code) for code in INDICATORS},
            "excused": sorted(self.excused),
            "unknown_is_down": self.unknown_is_down,
            "kinds": sorted(self.kinds),
            "appeal_days": self.appeal_days,
            "staff": {part: self.staff[part] for part in StaffPart.values},
        }


def read_terms(body: Mapping[str, Any]) -> Terms:
    """Will read a body. Raises: InvalidInput (field: the part that cannot be accepted).

    Source: OP-16, "weights set by the manager, together 100 percent".
    """
    excused = body.get("excused") or []
    if not isinstance(excused, list) or not set(excused) <= set(Cause.values):
        raise InvalidInput(_("不计入考核的原因填写不正确"), field="excused")
    kinds = body.get("kinds") or []
    if not isinstance(kinds, list) or len(kinds) > MOST_KINDS or not all(map(_is_code, kinds)):
        raise InvalidInput(_("部件类别应为 4 位数字代码"), field="kinds")
    days = body.get("appeal_days", 5)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 30:
        raise InvalidInput(_("申诉期应为 1 至 30 天"), field="appeal_days")
    return Terms(
        weights=read_weights(body.get("weights") or {}),
        excused=frozenset(excused),
        unknown_is_down=bool(body.get("unknown_is_down")),
        kinds=tuple(sorted(set(kinds))),
        appeal_days=days,
        staff=read_staff_weights(body.get("staff") or STAFF_WEIGHTS),
    )


def read_weights(told: Mapping[str, Any]) -> Weights:
    """Will read weights. Raises: InvalidInput (field: the indicator, or "weights" for the sum)."""
    labels = {code: str(Indicator(code).label) for code in INDICATORS}
    return Weights(**_percents(told, labels, whole="weights"))


def read_staff_weights(told: Mapping[str, Any]) -> dict[str, int]:
    """Will read the weights of people and posts.

    Raises: InvalidInput (field: "staff_" and the part, or "staff" for the sum). Source: OP-17.
    """
    labels = {part.value: str(part.label) for part in StaffPart}
    return _percents(told, labels, whole="staff", prefix="staff_")


def _percents(
    told: Mapping[str, Any], labels: Mapping[str, str], *, whole: str, prefix: str = ""
) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, label in labels.items():
        weight = told.get(code)
        if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= 100:
            raise InvalidInput(_("%s的权重应为 0 至 100 的整数") % label, field=prefix + code)
        found[code] = weight
    if (total := sum(found.values())) != 100:
        raise InvalidInput(_("各指标权重之和应为 100，现为 %d") % total, field=whole)
    return found


def _is_code(code: Any) -> bool:
    return isinstance(code, str) and len(code) == 4 and code.isascii() and code.isdigit()
