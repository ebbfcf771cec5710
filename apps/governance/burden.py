"""The burden meter: which fields of a form ask what the city holds already. Pure, no database.

A field asks a held fact where its type is an identity number, or its label ends with the label
of a fact of the register (母亲姓名 asks a 姓名). Whether that is right only a person can say:
what is asked again needs a reason, see ``services.burden``. Source: GR-12, issue 6.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import clauses

#: What must be typed by hand rather than picked.
TYPED = frozenset({"text", "longtext", "integer", "decimal", "phone", "id_number"})
#: Ends of labels that mean one thing in many words.
_SAME = {
    "身份证号": "身份证号码",
    "证件号码": "身份证号码",
    "联系电话": "电话",
    "手机号码": "电话",
    "手机": "电话",
    "住址": "地址",
}
#: Labels of the register too general to say what is meant.
_VAGUE = frozenset({"备注", "位置", "名称", "说明", "数量"})


@dataclass(frozen=True)
class Fact:
    """Something the city holds. source: which files hold it."""

    label: str
    type: str
    source: str


@dataclass(frozen=True)
class AskedForm:
    """A form people fill. code: "matter:hotline.demand"; is_source: it is the register's own."""

    code: str
    title: str
    fields: Sequence[Mapping[str, Any]]
    is_source: bool = False

    @property
    def version(self) -> str:
        """What differs when the form asks something else."""
        said = [[f.get("name"), f.get("label"), f.get("type")] for f in self.fields]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Asked:
    """One field. held: the fact it asks again, None for anything new; why: what says so.
    reason_kind: "" without.
    """

    name: str
    label: str
    type: str
    is_typed: bool
    held: Fact | None
    reason_kind: str = ""
    reason: str = ""
    why: str = ""

    @property
    def is_offence(self) -> bool:
        """Whether it asks what is held and nobody has said why."""
        return self.held is not None and not self.reason_kind


@dataclass(frozen=True)
class Meter:
    """What a form costs whoever fills it."""

    form: AskedForm
    fields: list[Asked]
    prefilled: int

    @property
    def asked(self) -> int:
        return len(self.fields)

    @property
    def typed(self) -> int:
        return sum(field.is_typed for field in self.fields)

    @property
    def held(self) -> int:
        return sum(field.held is not None for field in self.fields)

    @property
    def offences(self) -> list[Asked]:
        return [field for field in self.fields if field.is_offence]


def measure(
    form: AskedForm, facts: Iterable[Fact], reasons: Mapping[str, tuple[str, str]]
) -> Meter:
    """Will look at every field. reasons: by field, (kind, words).

    The register's own form asks nothing again: it is where a fact is asked the first time, and
    it opens filled in. Elsewhere a field counts as prefilled where its reason says so.
    """
    known = list(facts)
    fields = [_asked(entry, [] if form.is_source else known, reasons) for entry in form.fields]
    shown = sum(field.reason_kind == "confirm" for field in fields)
    return Meter(form, fields, len(fields) if form.is_source else shown)


def _asked(
    entry: Mapping[str, Any], facts: Sequence[Fact], reasons: Mapping[str, tuple[str, str]]
) -> Asked:
    name, label, kind = str(entry["name"]), str(entry.get("label", "")), str(entry["type"])
    reason_kind, reason = reasons.get(name, ("", ""))
    likeness = ((fact, likeness_of(label, kind, fact)) for fact in facts)
    held, why = next(((fact, words) for fact, words in likeness if words), (None, ""))
    return Asked(name, label, kind, kind in TYPED, held, reason_kind, reason, why)


def likeness_of(label: str, kind: str, fact: Fact) -> str:
    """Will say why a field is thought to ask a fact; "" where it is not."""
    if kind == "id_number" or fact.type == "id_number":
        return _("都是身份证号码") if kind == fact.type else ""
    (words, said), (held, held_said) = _plain(label), _plain(fact.label)
    if held in _VAGUE or len(held) < 2 or not words.endswith(held):
        return ""
    if words == label.strip() == fact.label.strip():
        return _("名称相同")
    reasons = [said, held_said]
    if words != held:
        reasons.append(_("“%(label)s”以“%(end)s”结尾") % {"label": words, "end": held})
    return clauses(dict.fromkeys(each for each in reasons if each))


def _plain(label: str) -> tuple[str, str]:
    """The label with one word for one thing, and what was taken for what."""
    words = label.strip()
    for end, same in _SAME.items():
        if words.endswith(end) and not words.endswith(same):
            return words.removesuffix(end) + same, _("“%(end)s”即“%(same)s”") % {
                "end": end,
                "same": same,
            }
    return words, ""
