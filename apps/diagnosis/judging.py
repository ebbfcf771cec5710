"""From numbers to faults, by thresholds and by what is usual for this camera. Pure.

Each finding names its number, what it was compared with and why, so that an alarm can say it in
one sentence. A fault that explains others keeps them out: a dark picture is not also blurred.
Source: VD-06, docs/decisions/0066.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.diagnosis.enums import BLIND, Fault
from apps.diagnosis.thresholds import BY_CODE, DAY, NIGHT, NUMBERS, Values

#: How far beyond its usual spread a number may go before it counts against a camera.
_SPREADS = 4.0
#: A camera's past moves a threshold no further than this share of it: a past may be broken too.
_WIDEST = 0.5
#: A screen of one colour shows no more range than this; fog and a dark street do.
_FLAT = 6.0
#: So much range is clear to see, whatever the standard picture of the camera had.
_CLEAR = 50.0
#: With less range than this there are no edges anywhere, and nothing tells a cover.
_PARTLY = 20.0
#: A picture that is washed out is brighter as a whole, and keeps its range; fog does not.
_BRIGHTER, _RANGE_KEPT = 40.0, 0.5


@dataclass(frozen=True)
class Usual:
    """What is usual for one number of one camera: median, and median distance from it."""

    median: float
    spread: float


Baseline = Mapping[str, Usual]


@dataclass(frozen=True)
class Finding:
    """One fault. number, value: what was measured; threshold: what it was compared with."""

    fault: Fault
    number: str = ""
    value: float = 0.0
    threshold: float = 0.0
    widened: bool = False

    def sentence(self) -> str:
        """Will say it with its figures."""
        label = str(self.fault.label)
        if not self.number:
            return label
        told = {
            "fault": label,
            "number": NUMBERS[self.number],
            "value": _figure(self.value),
            "threshold": _figure(self.threshold),
        }
        if self.widened:
            return _("%(fault)s：%(number)s %(value)s，本机阈值 %(threshold)s") % told
        return _("%(fault)s：%(number)s %(value)s，阈值 %(threshold)s") % told


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.0f}"


def judge(
    numbers: Mapping[str, float], values: Values, baseline: Baseline | None = None
) -> list[Finding]:
    """Will give the faults, the one that explains most first; empty for a good picture."""
    look = _Look(numbers, values[NIGHT if numbers.get("is_night") else DAY], baseline or {})
    for rule in _EXPLAINING:
        if found := rule(look):
            return [found, *_also(look, found)]
    return [found for rule in _PLAIN if (found := rule(look))]


@dataclass(frozen=True)
class _Look:
    numbers: Mapping[str, float]
    values: Mapping[str, float]
    baseline: Baseline

    def beyond(self, fault: Fault, code: str) -> Finding | None:
        """Compares one number; None where it is not there or within its bound."""
        rule = BY_CODE[code]
        value = self.numbers.get(rule.number)
        if value is None:
            return None
        bound = self._bound(code)
        wrong = value > bound if rule.is_upper else value < bound
        if not wrong:
            return None
        return Finding(fault, rule.number, value, bound, bound != self.values[code])

    def reaches(self, code: str) -> bool:
        """Whether a second number, with no fault of its own, is beyond its bound too."""
        rule = BY_CODE[code]
        return self.numbers.get(rule.number, -1.0) >= self.values[code]

    def _bound(self, code: str) -> float:
        rule, value = BY_CODE[code], self.values[code]
        usual = self.baseline.get(rule.number) if rule.widens else None
        if usual is None:
            return value
        reach = _SPREADS * max(usual.spread, 0.02 * abs(usual.median))
        if rule.is_upper:
            return round(min(max(value, usual.median + reach), value * (1 + _WIDEST)), 4)
        return round(max(min(value, usual.median - reach), value * (1 - _WIDEST)), 4)


def _lost(look: _Look) -> Finding | None:
    # Points that agree with the standard picture are on no empty screen: it is only very dark.
    if look.numbers.get("contrast", 255.0) > _FLAT or look.reaches("matches"):
        return None
    return look.beyond(Fault.NO_PICTURE, "lost")


def _dark(look: _Look) -> Finding | None:
    return look.beyond(Fault.DARK, "dark")


def _bright(look: _Look) -> Finding | None:
    found = look.beyond(Fault.BRIGHT, "bright") or look.beyond(Fault.BRIGHT, "burnt")
    return found or _washed(look)


def _washed(look: _Look) -> Finding | None:
    """What is darkest in the standard picture is grey now, and all is brighter."""
    numbers = look.numbers
    if numbers.get("brightness_more", 0.0) < _BRIGHTER:
        return None
    if numbers.get("contrast_kept", 0.0) < _RANGE_KEPT:
        return None
    return look.beyond(Fault.BRIGHT, "washed")


def _contrast(look: _Look) -> Finding | None:
    if found := look.beyond(Fault.LOW_CONTRAST, "contrast"):
        return found
    if look.numbers.get("contrast", 255.0) > _CLEAR:
        return None
    return look.beyond(Fault.LOW_CONTRAST, "faded")


def _noise(look: _Look) -> Finding | None:
    # Where everything moves, so does every edge: that is no noise.
    return None if look.reaches("shake_turns") else look.beyond(Fault.NOISE, "noise")


def _stripes(look: _Look) -> Finding | None:
    return look.beyond(Fault.STRIPES, "stripe") if look.reaches("stripe_ratio") else None


def _shake(look: _Look) -> Finding | None:
    if not look.reaches("shake_turns"):
        return None
    turns = look.numbers["shake_turns"]
    return Finding(Fault.SHAKE, "shake_turns", turns, look.values["shake_turns"])


def _freeze(look: _Look) -> Finding | None:
    return look.beyond(Fault.FREEZE, "still") if look.reaches("still_s") else None


def _blur(look: _Look) -> Finding | None:
    return look.beyond(Fault.BLUR, "blur")


def _cast(look: _Look) -> Finding | None:
    # By infrared there is no colour to be cast; what little there is would be all cast.
    return look.beyond(Fault.COLOUR_CAST, "cast") if look.reaches("cast_ratio") else None


def _covered(look: _Look) -> Finding | None:
    return look.beyond(Fault.OCCLUSION, "covered")


def _covered_mostly(look: _Look) -> Finding | None:
    """A cover over nearly all leaves little range; where a part still has some, it is told."""
    return _covered(look) if look.numbers.get("contrast", 0.0) > _PARTLY else None


def _moved(look: _Look) -> Finding | None:
    if "moved_share" in look.numbers:
        return look.beyond(Fault.MOVED, "moved")
    return look.beyond(Fault.MOVED, "matches")


def _also(look: _Look, first: Finding) -> list[Finding]:
    """What may be wrong besides a fault that hides the rest."""
    rules = _BESIDES.get(first.fault, ())
    return [found for rule in rules if (found := rule(look))]


_Rule = Callable[[_Look], Finding | None]
_EXPLAINING: tuple[_Rule, ...] = (_lost, _dark, _bright, _contrast, _noise, _stripes, _shake)
_BESIDES: dict[Fault, tuple[_Rule, ...]] = {
    Fault.BRIGHT: (_freeze, _cast),
    Fault.LOW_CONTRAST: (_cast, _covered_mostly),
    Fault.NOISE: (_cast,),
    Fault.STRIPES: (_cast,),
    Fault.SHAKE: (_cast,),
}


def _structure(look: _Look) -> Finding | None:
    """A blurred picture has lost edges everywhere, a covered one in places, a moved one none."""
    return _blur(look) or _covered(look) or _moved(look)


_PLAIN: tuple[_Rule, ...] = (_freeze, _cast, _structure)


def finding_of_ending(ending: str) -> Finding | None:
    """Will give the fault a decoder's ending stands for; None where frames are to be judged."""
    if ending in ("no_picture", "unsupported", "crashed"):
        return Finding(Fault.NO_PICTURE)
    return None if ending == "done" else Finding(Fault.NO_STREAM)


def absent(numbers: Mapping[str, float], faults: Iterable[str], values: Values) -> set[str]:
    """Will give the faults that are surely not there: looked for, and not hidden by another.

    Only these end an alarm; what a dark picture hides may still be wrong.
    """
    found = {Fault(fault) for fault in faults}
    if not numbers or is_blind(found):
        return set()
    clear = {Fault.NO_STREAM, Fault.NO_PICTURE}
    explaining = (Fault.DARK, Fault.BRIGHT, Fault.LOW_CONTRAST, Fault.NOISE, Fault.STRIPES)
    for fault in explaining:
        if fault in found:
            return {str(one.value) for one in clear - found}
        clear.add(fault)
    light = values[NIGHT if numbers.get("is_night") else DAY]
    if "shake_turns" in numbers:
        clear.add(Fault.SHAKE)
    if Fault.SHAKE not in found:
        clear |= {Fault.COLOUR_CAST, Fault.BLUR}
        clear |= {Fault.MOVED, Fault.OCCLUSION} if "matches" in numbers else set()
    if numbers.get("change", 0.0) >= light["still"]:
        clear.add(Fault.FREEZE)
    if "ptz_moved" in numbers:
        clear.add(Fault.PTZ)
    return {str(one.value) for one in clear} - found


def is_blind(faults: Iterable[str]) -> bool:
    """Will tell whether nothing could be seen at all."""
    return any(fault in BLIND for fault in faults)
