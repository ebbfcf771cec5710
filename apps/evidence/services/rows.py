"""Keyed digests of protected rows: written with each change, compared at night. AU-03.

Whoever changes a row through the product leaves a new digest in the same transaction; whoever
changes it in the database does not, and cannot make one without the key of this installation.
The ledger of digests is written once; its state is hashed at each look and that hash goes into
the audit log, so taking digests away or putting old ones back is found as well. Whoever holds
the key of the installation can forge all of it: that key is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import ManyToManyField, Model
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.evidence.enums import RowFault
from apps.evidence.models import RowCheck, RowDigest, RowFinding
from apps.evidence.registry import Protected, protected_tables
from apps.notices import services as notices

LEDGER = "evidence.RowDigest"
CHECKED = "rows.checked"
#: Transactions begun before the look may still commit; younger digests wait for the next one.
SETTLED = timedelta(hours=1)
REASON_MIN, REASON_MAX = 2, 500
_INFO = b"citybrain.evidence.rows"
_LOCK = 7_224_103  # advisory lock: one look at a time
_SHORT = 32  # hex characters of a field's digest

Values = dict[str, Any]


def note_row(protected: Protected, row_key: Any, *, is_gone: bool = False) -> None:
    """Will write the digest of a row as it now stands, in the caller's transaction."""
    values = None if is_gone else _read(protected, [row_key]).get(str(row_key))
    _write(protected, str(row_key), values)


@transaction.atomic
def note_rows(protected: Protected) -> int:
    """Will write digests of the rows that have none or other ones; for services that write in bulk.

    Gives the number written.
    """
    written = 0
    known = _known(protected)
    for key, values in _read(protected).items():
        last = known.get(key)
        if last is None or last.is_gone or _differing(last, protected, key, values):
            _write(protected, key, values)
            written += 1
    return written


@transaction.atomic
def check_rows() -> RowCheck:
    """Will compare every protected row with its digest and keep what does not fit; audited.

    A table looked at for the first time is taken as it is. What is found is told to the
    auditors; a row that fits again ends its finding. Takes an advisory lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    moment = clock.now()
    last = RowCheck.objects.first()
    found: list[RowFinding] = list(_check_ledger(last, moment))
    rows = 0
    for protected in protected_tables():
        known = _known(protected)
        present = _read(protected)
        rows += len(present)
        if not known:
            _adopt(protected, present)
            continue
        found += _check_table(protected, known, present, last, moment)
    new = _keep(found)
    upto, chain = _chain(before=moment - SETTLED)
    done = RowCheck.objects.create(
        at=moment, tables=len(protected_tables()), rows=rows, found=len(found), upto=upto,
        chain=chain,
    )  # fmt: skip
    audit.record(
        audit.SYSTEM,
        CHECKED,
        object_type="evidence.row_check",
        object_id=done.pk,
        data={"rows": rows, "found": len(found), "upto": upto, "chain": chain},
    )
    _tell(new)
    return done


@transaction.atomic
def accept_row(actor: User, *, finding_id: int, reason: str) -> RowFinding:
    """Will end a finding: the row as it stands is right from now on; audited.

    reason: 2-500 characters. Locks the finding.
    Raises: NotAllowed (the actor lacks ``audit.read_audit``); NotFound; Refused (ended);
        InvalidInput (reason).
    """
    if not actor.has_perm("audit.read_audit"):
        raise NotAllowed(_("需要“查阅审计记录”权限"))
    finding = RowFinding.objects.select_for_update().filter(pk=finding_id).first()
    if finding is None:
        raise NotFound(_("没有这条记录"))
    if finding.ended_at is not None:
        raise Refused(_("该不符项已了结"))
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise InvalidInput(_("请填写处理说明（2至500字）"), field="reason")
    protected = _protected_of(finding.table)
    if protected is not None:
        values = _read(protected, [finding.row_key]).get(finding.row_key)
        _write(protected, finding.row_key, values)
    finding.ended_at, finding.ended_by, finding.reason = clock.now(), actor, reason
    finding.save(update_fields=["ended_at", "ended_by", "reason"])
    audit.record(
        actor,
        "rows.accepted",
        object_type="evidence.row",
        object_id=finding.row_key,
        object_label=f"{finding.table} {finding.label}"[:200],
        data={"fault": finding.fault, "fields": finding.fields, "reason": reason},
    )
    return finding


def _check_table(
    protected: Protected,
    known: dict[str, RowDigest],
    present: dict[str, Values],
    last: RowCheck | None,
    moment: datetime,
) -> Iterator[RowFinding]:
    for key in sorted({*known, *present}):
        fault, fields = _fault(protected, key, known.get(key), present.get(key))
        if fault is None:
            if key not in known:
                _write(protected, key, present[key])  # came in bulk; followed from now on
            continue
        # A service may have changed the row while it was being read: ask once more, both sides.
        digest = _known(protected, key).get(key)
        values = _read(protected, [key]).get(key)
        fault, fields = _fault(protected, key, digest, values)
        if fault is None:
            continue
        noted = digest.at if digest is not None else None
        since = max((at for at in (noted, last.at if last else None) if at), default=None)
        yield RowFinding(
            table=protected.model, row_key=key, label=_label(protected, key), fault=fault,
            fields=fields, since=since, until=moment,
        )  # fmt: skip


def _fault(
    protected: Protected, key: str, digest: RowDigest | None, values: Values | None
) -> tuple[RowFault | None, list[str]]:
    if digest is None or (digest.is_gone and values is not None):
        is_offence = values is not None and _is_watched(protected, key)
        return (RowFault.ADDED, []) if is_offence else (None, [])
    if not _is_ours(digest):
        return RowFault.LEDGER, []
    if values is None:
        return (None, []) if digest.is_gone else (RowFault.REMOVED, [])
    fields = _differing(digest, protected, key, values)
    return (RowFault.CHANGED, fields) if fields else (None, [])


def _check_ledger(last: RowCheck | None, moment: datetime) -> Iterator[RowFinding]:
    """The ledger must still begin with what the audit log says it was at the last look."""
    entry = AuditEntry.objects.filter(action=CHECKED).order_by("-id").first()
    if entry is None:
        return
    upto, chain = _chain(upto=entry.data["upto"])
    if chain != entry.data["chain"]:
        yield RowFinding(
            table=LEDGER, row_key=str(upto), label=str(RowDigest._meta.verbose_name),
            fault=RowFault.LEDGER, since=entry.at, until=moment,
        )  # fmt: skip


def _keep(found: list[RowFinding]) -> list[RowFinding]:
    """Writes what is new, ends what fits again; gives what is new."""
    open_now = {
        (one.table, one.row_key): one
        for one in RowFinding.objects.select_for_update().filter(ended_at=None).order_by("pk")
    }
    seen = {(one.table, one.row_key) for one in found}
    for place, one in open_now.items():
        if place not in seen:
            one.ended_at, one.reason = clock.now(), str(_("已恢复原状"))
            one.save(update_fields=["ended_at", "reason"])
    new = [one for one in found if (one.table, one.row_key) not in open_now]
    return RowFinding.objects.bulk_create(new)


def _tell(new: list[RowFinding]) -> None:
    for one in new:
        audit.record(
            audit.SYSTEM,
            "rows.found_changed",
            object_type="evidence.row",
            object_id=one.row_key,
            object_label=f"{one.table} {one.label}"[:200],
            data={
                "fault": one.fault,
                "fields": one.fields,
                "since": one.since.isoformat() if one.since else None,
                "until": one.until.isoformat(),
            },
        )
    if new:
        notices.notify(
            recipients=users_with_permission("audit.read_audit"),
            kind="alarm",
            title=str(_("受保护的数据被绕过系统改动")),
            body=str(_("发现 %d 行与登记的摘要不符，请核查。") % len(new)),
            url="/evidence/rows/",
            key=f"rows-{new[0].pk}",
        )


def _adopt(protected: Protected, present: dict[str, Values]) -> None:
    for key, values in present.items():
        _write(protected, key, values)
    audit.record(
        audit.SYSTEM,
        "rows.adopted",
        object_type="evidence.table",
        object_id=protected.model,
        data={"rows": len(present), "fields": list(protected.fields)},
    )


def _chain(*, upto: int | None = None, before: datetime | None = None) -> tuple[int, str]:
    chain, last = hashlib.sha256(), 0
    rows = RowDigest.objects.order_by("pk")
    rows = rows.filter(pk__lte=upto) if upto is not None else rows.filter(at__lt=before)
    for pk, digest in rows.values_list("pk", "digest").iterator(chunk_size=5000):
        chain.update(f"{pk}:{digest}\n".encode())
        last = pk
    return last if upto is None else upto, chain.hexdigest()


def _write(protected: Protected, key: str, values: Values | None) -> None:
    ident, secret = _keys()[0]
    fields = {} if values is None else _digests(secret, protected.model, key, values)
    row = RowDigest(
        table=protected.model, row_key=key, fields=fields, is_gone=values is None,
        key_id=ident, at=clock.now(),
    )  # fmt: skip
    row.digest = _whole(secret, row)
    row.save(force_insert=True)


def _known(protected: Protected, key: str | None = None) -> dict[str, RowDigest]:
    rows = RowDigest.objects.filter(table=protected.model)
    if key is not None:
        rows = rows.filter(row_key=key)
    return {row.row_key: row for row in rows.order_by("row_key", "-id").distinct("row_key")}


def _read(protected: Protected, keys: list[Any] | None = None) -> dict[str, Values]:
    """The protected values of rows as the database has them, by key as text."""
    model = apps.get_model(protected.model)
    plain, many = _split(model, protected)
    rows = model._base_manager.order_by("pk")
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    found = {str(row.pop("pk")): row for row in rows.values("pk", *plain)}
    for name in many:
        relation: Any = model._meta.get_field(name)
        through, own = relation.remote_field.through, relation.m2m_column_name()
        far = relation.m2m_reverse_name()
        links = through._base_manager.all()
        if keys is not None:
            links = links.filter(**{f"{own}__in": keys})
        for values in found.values():
            values[name] = []
        for left, right in links.values_list(own, far).order_by(own, far):
            if str(left) in found:
                found[str(left)][name].append(right)
    return found


def _split(model: type[Model], protected: Protected) -> tuple[list[str], list[str]]:
    many = [
        name
        for name in protected.fields
        if isinstance(model._meta.get_field(name), ManyToManyField)
    ]
    return [name for name in protected.fields if name not in many], many


def _is_watched(protected: Protected, key: str) -> bool:
    if protected.counts is None:
        return False
    model = apps.get_model(protected.model)
    return model._base_manager.filter(pk=key, **protected.counts).exists()


def _differing(digest: RowDigest, protected: Protected, key: str, values: Values) -> list[str]:
    """The names of fields that are not what was noted; one protected only since then is none."""
    secret = dict(_keys()).get(digest.key_id)
    if secret is None:
        return list(protected.fields)
    now = _digests(secret, protected.model, key, values)
    return [name for name, noted in digest.fields.items() if name in now and now[name] != noted]


def _is_ours(row: RowDigest) -> bool:
    secret = dict(_keys()).get(row.key_id)
    return secret is not None and hmac.compare_digest(_whole(secret, row), row.digest)


def _digests(secret: bytes, table: str, key: str, values: Values) -> dict[str, str]:
    return {
        name: _hmac(secret, [table, key, name, value])[:_SHORT] for name, value in values.items()
    }


def _whole(secret: bytes, row: RowDigest) -> str:
    return _hmac(
        secret, [row.table, row.row_key, row.fields, row.is_gone, row.key_id, row.at.isoformat()]
    )


def _hmac(secret: bytes, values: list[Any]) -> str:
    text = json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hmac.digest(secret, text.encode(), "sha256").hex()


def _keys() -> list[tuple[str, bytes]]:
    """The keys of this installation with their ids, the one in use first."""
    found = []
    for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(text.encode())
        found.append((hashlib.sha256(secret).hexdigest()[:16], secret))
    return found


def _protected_of(table: str) -> Protected | None:
    return next((one for one in protected_tables() if one.model == table), None)


def _label(protected: Protected, key: str) -> str:
    row = apps.get_model(protected.model)._base_manager.filter(pk=key).first()
    return str(row)[:200] if row is not None else ""
