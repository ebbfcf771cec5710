"""Why an alarm was raised, in one sentence people read: rule, values, since when, what changed."""

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.alarms.rules.condition import Value
from apps.alarms.rules.document import Rule
from apps.alarms.rules.engine import MS, Effect, from_ms
from apps.alarms.rules.trend import read_ahead
from apps.common.phrases import clauses, series

Labels = Mapping[str, tuple[str, str]]  # field -> label, unit


def sentence(rule: Rule, effect: Effect, labels: Labels) -> str:
    """Will say what is behind an effect."""
    if effect.what == "silent":
        return _("自%(at)s起%(long)s没有收到数据，状态不明。") % {
            "at": _clock(effect.since), "long": _long((effect.at - effect.since) // MS),
        }  # fmt: skip
    if effect.what == "heard":
        return _("%(at)s又收到数据。") % {"at": _clock(effect.at)}
    parts = [_values(effect, labels)]
    if effect.what == "recover":
        parts.append(_("已满足恢复条件"))
        parts.append(_("历时%s") % _long((effect.at - effect.since) // MS))
    else:
        parts += _why(rule, effect, labels)
    return _("%s。") % clauses(part for part in parts if part)


def words_for(labels: Labels, name: str) -> tuple[str, str]:
    """Will give label and unit of a field as written in a rule; a strange one is its own label."""
    ahead = read_ahead(name)
    if ahead is None:
        return labels.get(name, (name, ""))
    label, unit = labels.get(ahead.field, (ahead.field, ""))
    long = _long(ahead.minutes * 60)
    return _("预计%(long)s后%(label)s") % {"long": long, "label": label}, unit


def _why(rule: Rule, effect: Effect, labels: Labels) -> list[str]:
    names = {name: words_for(labels, name)[0] for name in rule.fields}
    # An upgrade has no condition of its own: the gravest at or under it is the reason.
    found = [one for one in rule.levels if one.level <= effect.level] or list(rule.levels)
    reasons = [_("满足“%s”") % found[-1].raises.words(names)] if found else []
    lasted = (effect.at - effect.since) // MS
    if lasted:
        reasons.append(
            _("自%(at)s起已持续%(long)s") % {"at": _clock(effect.since), "long": _long(lasted)}
        )
    return reasons


def _values(effect: Effect, labels: Labels) -> str:
    shown = []
    for name, value in effect.values.items():
        if value is None:
            continue
        label, unit = words_for(labels, name)
        before = effect.before.get(name)
        moved = before is not None and before != value
        was = _("（上次%s）") % f"{_said(before)}{unit}" if moved else ""
        gap = " " if label.isascii() else ""
        shown.append(f"{label}{gap}{_said(value)}{unit}{was}")
    return series(shown)


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _clock(at: int) -> str:
    return f"{timezone.localtime(from_ms(at)):%m-%d %H:%M:%S}"


def _long(seconds: int) -> str:
    if seconds < 120:
        return _("%d秒") % seconds
    if seconds < 7200:
        return _("%d分钟") % (seconds // 60)
    return _("%d小时") % (seconds // 3600)
