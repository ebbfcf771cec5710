"""Disks of recorders and servers: by SNMP HOST-RESOURCES, or by the recorder's own storage page.

Source: PF-08; RFC 2790 (hrStorageTable, hrDeviceTable); the recorder's page is XML of the shape
``/ISAPI/ContentMgmt/Storage`` (id, hddName, status, capacity and freeSpace in MB).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.common.challenge import answer_to
from apps.common.http import CallFailed
from apps.monitoring.probes import snmp
from apps.monitoring.probes.calling import Caller, local, number, require_status, tree_of
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import FAILED_DISK, FULL_DISK, Answer, Part, Question, Silent

STORAGE_PATH = "/ISAPI/ContentMgmt/Storage"
MOST = 128
#: From so full on a disk that is not written round and round is full.
FULL_PERCENT = 95.0
_STORAGE, _DEVICE = "1.3.6.1.2.1.25.2.3.1", "1.3.6.1.2.1.25.3.2.1"
_FIXED_DISK, _DISK_DEVICE = "1.3.6.1.2.1.25.2.1.4", "1.3.6.1.2.1.25.3.1.6"
#: hrDeviceStatus: 1 unknown, 2 running, 3 warning, 4 testing, 5 down.
_BAD_DEVICE = {"3", "5"}
#: Words of a recorder for a disk nothing is wrong with; any other is a fault.
_FINE = {"ok", "idle", "sleeping", "normal", "reparing", "repairing", "formating", "formatting"}


async def by_snmp(question: Question) -> Answer:
    """Will walk the tables of storage and devices. settings: rolling. Raises: Silent."""
    storage = await snmp.walk(question, _STORAGE, columns=(2, 3, 4, 5, 6))
    devices = await snmp.walk(question, _DEVICE, columns=(2, 3, 5))
    parts = [_volume(row, question) for row in storage.values() if row.get(2) == _FIXED_DISK]
    for row in devices.values():
        if row.get(2) == _DISK_DEVICE:
            state = row.get(5, "")
            trouble = FAILED_DISK if state in _BAD_DEVICE else ""
            parts.append(Part("disk", row.get(3, "?")[:80], trouble, _status(state)))
    if not parts:
        raise Silent(_("设备没有报告磁盘"))
    return _answer(parts)


async def by_page(question: Question) -> Answer:
    """Will read the recorder's storage page, with HTTP Digest or Basic. Raises: Silent."""
    try:
        parts = await asyncio.to_thread(_read_page, question)
    except CallFailed as error:
        raise Silent(reason_of(error)) from error
    if not parts:
        raise Silent(_("设备没有报告磁盘"))
    return _answer(parts)


def _read_page(question: Question) -> list[Part]:
    call, path = Caller(question), str(question.settings.get("path") or STORAGE_PATH)
    headers = {"Accept": "application/xml"}
    page = call.get(path, headers)
    if page.status == 401:
        proof = answer_to(
            page.headers.get("www-authenticate", ""), method="GET", uri=path,
            username=question.secret.get("user", ""), password=question.secret.get("password", ""),
        )  # fmt: skip
        page = call.get(path, headers | {"Authorization": proof}) if proof else page
    require_status(page, 200)
    rows = [
        {local(child.tag): (child.text or "").strip() for child in element}
        for element in tree_of(page).iter()
        if local(element.tag) in ("hdd", "nas")
    ]
    return [_drive(row, question) for row in rows]


def _drive(row: dict[str, str], question: Question) -> Part:
    name = " ".join(word for word in (row.get("id", ""), row.get("hddName", "")) if word)[:80]
    total, free = number(row.get("capacity"), 1 / 1024), number(row.get("freeSpace"), 1 / 1024)
    status = row.get("status", "")[:40]
    trouble = _trouble(question, total, free) if status.lower() in _FINE else FAILED_DISK
    return Part("disk", name or "?", trouble, status, _room(total, free))


def _volume(row: dict[int, str], question: Question) -> Part:
    unit = number(row.get(4)) or 0
    size, used = number(row.get(5)), number(row.get(6))
    total = size * unit / 1024**3 if size is not None else None
    free = (size - used) * unit / 1024**3 if size is not None and used is not None else None
    trouble = _trouble(question, total, free)
    return Part("disk", row.get(3, "?")[:80], trouble, "", _room(total, free))


def _trouble(question: Question, total: float | None, free: float | None) -> str:
    if question.settings.get("rolling") or not total or free is None:
        return ""
    return FULL_DISK if 100 * (1 - free / total) >= FULL_PERCENT else ""


def _room(total: float | None, free: float | None) -> dict[str, float]:
    told = {str(_("容量（GB）")): total, str(_("剩余（GB）")): free}
    return {name: round(value, 1) for name, value in told.items() if value is not None}


def _status(state: str) -> str:
    words = {"1": _("不明"), "2": _("运行"), "3": _("警告"), "4": _("检测中"), "5": _("停止")}
    return str(words.get(state, state))


def _answer(parts: Sequence[Part]) -> Answer:
    """Figures: disks, disks_failed, disks_full, total_gb, free_gb. One name is one disk."""
    same: dict[str, list[Part]] = defaultdict(list)
    for part in parts[:MOST]:
        same[part.name].append(part)
    kept = [
        part if n == 1 else Part("disk", f"{part.name[:74]} #{n}", part.trouble, part.text,
                                 part.facts)
        for found in same.values()
        for n, part in enumerate(found, start=1)
    ]  # fmt: skip
    total = sum(part.facts.get(str(_("容量（GB）")), 0) for part in kept)
    free = sum(part.facts.get(str(_("剩余（GB）")), 0) for part in kept)
    failed = sum(part.trouble == FAILED_DISK for part in kept)
    full = sum(part.trouble == FULL_DISK for part in kept)
    values = {
        "disks": float(len(kept)), "disks_failed": float(failed), "disks_full": float(full),
        "total_gb": round(total, 1), "free_gb": round(free, 1),
    }  # fmt: skip
    return Answer(values, parts=kept)
