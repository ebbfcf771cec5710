"""Code lists (字典): what may be chosen today, and what an old code meant.

Read by forms, pages and exports of every app; written through the deeds
``save_entry``, ``retire_entry`` and ``import_entries``. Source: CO-02.
"""

from collections.abc import Iterator
from datetime import date
from typing import IO, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.common import clock, imports
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column
from apps.common.memory import Memory
from apps.common.models import Dictionary, DictionaryEntry
from apps.common.signals import Change, announce

__all__ = [
    "EXPORT_COLUMNS",
    "KEEP",
    "Dictionary",
    "DictionaryEntry",
    "choices",
    "ensure_dictionary",
    "exists",
    "import_entries",
    "label",
    "list_entries",
    "parent_codes",
    "retire_entry",
    "save_entry",
]

KEEP = "common.manage_dictionaries"
EXPORT_COLUMNS = [
    Column(_("代码"), lambda entry: entry.code, 16),
    Column(_("名称"), lambda entry: entry.label, 30),
    Column(_("上级代码"), lambda entry: entry.parent.code if entry.parent else "", 16),
    Column(_("顺序"), lambda entry: entry.position, 8),
    Column(_("启用日期"), lambda entry: entry.from_on, 14),
    Column(_("停用日期"), lambda entry: entry.to_on, 14),
]
_choices: Memory[tuple[tuple[str, str], ...]] = Memory(
    of=("common.Dictionary", "common.DictionaryEntry")
)
_IMPORT_COLUMNS = [
    imports.ImportColumn("code", "代码", imports.text(60), required=True),
    imports.ImportColumn("label", "名称", imports.text(120), required=True),
    imports.ImportColumn("parent_code", "上级代码", imports.text(60)),
    imports.ImportColumn("position", "顺序", imports.whole_number),
    imports.ImportColumn("from_on", "启用日期", imports.day),
    imports.ImportColumn("to_on", "停用日期", imports.day),
]


def exists(code: str) -> bool:
    """Will tell whether there is a dictionary of this code."""
    return Dictionary.objects.filter(code=code).exists()


def list_entries(code: str) -> QuerySet[DictionaryEntry]:
    """Will give all entries of a dictionary, retired ones too, in order."""
    return DictionaryEntry.objects.filter(dictionary__code=code).select_related("parent")


def choices(code: str, on: date | None = None) -> list[tuple[str, str]]:
    """Will give (code, label) of what may be chosen on a day (default: today), in order."""
    day = on or clock.today()
    return list(_choices.get((code, day), lambda: _read_choices(code, day)))


def _read_choices(code: str, day: date) -> tuple[tuple[str, str], ...]:
    valid = (Q(from_on=None) | Q(from_on__lte=day)) & (Q(to_on=None) | Q(to_on__gte=day))
    return tuple(list_entries(code).filter(valid).values_list("code", "label"))


def parent_codes(code: str) -> dict[str, str]:
    """Will give the code of the entry above each entry that has one."""
    below = list_entries(code).filter(parent__isnull=False)
    return dict(below.values_list("code", "parent__code"))


def label(code: str, entry_code: str) -> str:
    """Will give the label of a code, retired or not; an unknown code is shown as it is."""
    found = list_entries(code).filter(code=entry_code).values_list("label", flat=True).first()
    return found or entry_code


def ensure_dictionary(
    actor: Any, *, code: str, name: str, source: str = "", is_national: bool = False
) -> Dictionary:
    """Will give the dictionary of this code, made empty if there is none; announced then."""
    dictionary, made = Dictionary.objects.get_or_create(
        code=code, defaults={"name": name, "source": source, "is_national": is_national}
    )
    if made:
        announce(
            Change(
                actor=actor,
                action="dictionary.added",
                object_type="common.dictionary",
                object_id=str(dictionary.pk),
                object_label=name,
                data={"code": code},
                after={"name": name, "source": source},
            )
        )
    return dictionary


@transaction.atomic
def save_entry(
    actor: Any,
    *,
    dictionary_code: str,
    code: str,
    label: str,
    parent_code: str = "",
    position: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    facts: dict[str, Any] | None = None,
) -> DictionaryEntry:
    """Will add an entry, or change the one of this code; announces ``configuration_changed``.

    facts: what the log shall keep beside it, such as who agreed.

    Locks the dictionary, so that two writers do not make a circle of parents.
    Raises: NotFound (no such dictionary); InvalidInput (parent unknown or below this entry,
        or the end lies before the start).
    """
    dictionary = Dictionary.objects.select_for_update().filter(code=dictionary_code).first()
    if dictionary is None:
        raise NotFound(_("没有这个字典"))
    if from_on and to_on and to_on < from_on:
        raise InvalidInput(_("停用日期早于启用日期"), field="to_on")
    parent = _find_parent(dictionary, code, parent_code) if parent_code else None
    known = dictionary.entries.filter(code=code).select_related("parent").first()
    before = _stated(known) if known is not None else {}

    entry, made = DictionaryEntry.objects.update_or_create(
        dictionary=dictionary,
        code=code,
        defaults={
            "label": label,
            "parent": parent,
            "position": dictionary.entries.count() if position is None else position,
            "from_on": from_on,
            "to_on": to_on,
        },
    )
    action = "dictionary_entry.added" if made else "dictionary_entry.changed"
    _announce(actor, action, entry, before=before, facts=facts)
    return entry


@transaction.atomic
def retire_entry(actor: Any, *, dictionary_code: str, code: str, last_on: date) -> DictionaryEntry:
    """Will let ``last_on`` be the last day a code can be chosen; old records still read it.

    Raises: NotFound; InvalidInput (``last_on`` lies before the entry's first day).
    """
    entry = (
        DictionaryEntry.objects.select_for_update(of=("self",))
        .filter(dictionary__code=dictionary_code, code=code)
        .select_related("dictionary")
        .first()
    )
    if entry is None:
        raise NotFound(_("没有这个字典项"))
    if entry.from_on and last_on < entry.from_on:
        raise InvalidInput(_("停用日期早于启用日期"), field="to_on")
    before = _stated(entry)
    entry.to_on = last_on
    entry.save(update_fields=["to_on"])
    _announce(actor, "dictionary_entry.retired", entry, before=before)
    return entry


def import_entries(
    actor: Any, *, dictionary_code: str, file: IO[bytes], partial: bool = False
) -> imports.Report:
    """Will read entries from xlsx or csv (the columns of the export) and save each row.

    partial: keep the good rows although others fail; otherwise all or nothing.
    """
    parsed = imports.read_rows(file, _IMPORT_COLUMNS)

    def write(values: dict[str, Any]) -> None:
        filled = {name: value for name, value in values.items() if value is not None}
        save_entry(actor, dictionary_code=dictionary_code, **filled)

    return imports.write_rows(parsed, write=write, partial=partial)


def _find_parent(dictionary: Dictionary, code: str, parent_code: str) -> DictionaryEntry:
    parent = dictionary.entries.filter(code=parent_code).first()
    if parent is None:
        raise InvalidInput(_("上级代码不存在"), field="parent_code")
    if any(ancestor.code == code for ancestor in _upwards(parent)):
        raise InvalidInput(_("上级不能是本项或其下级"), field="parent_code")
    return parent


def _upwards(entry: DictionaryEntry) -> Iterator[DictionaryEntry]:
    current: DictionaryEntry | None = entry
    while current is not None:
        yield current
        current = current.parent


def _stated(entry: DictionaryEntry) -> dict[str, Any]:
    return {
        "label": entry.label,
        "parent": entry.parent.code if entry.parent is not None else "",
        "position": entry.position,
        "from_on": str(entry.from_on or ""),
        "to_on": str(entry.to_on or ""),
    }


def _announce(
    actor: Any,
    action: str,
    entry: DictionaryEntry,
    *,
    before: dict[str, Any],
    facts: dict[str, Any] | None = None,
) -> None:
    announce(
        Change(
            actor=actor,
            action=action,
            object_type="common.dictionary_entry",
            object_id=str(entry.pk),
            object_label=f"{entry.dictionary.name} {entry.code} {entry.label}",
            data={"dictionary": entry.dictionary.code, "code": entry.code} | (facts or {}),
            before=before,
            after=_stated(entry),
        )
    )
