"""Months of the log in signed files."""

import gzip
import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import Refused
from apps.evidence import selectors, services
from apps.evidence.enums import Trigger
from apps.evidence.models import Archive
from tests.evidence.factories import seal, tamper, write

pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


@pytest.fixture
def old() -> date:
    """Four entries sealed eight months ago, two today; gives the old month."""
    with clock.at(clock.now() - timedelta(days=245)):
        write(4)
        seal()
        month = clock.today().replace(day=1)
    write(2)
    seal()
    return month


def test_an_old_month_is_archived_once_and_its_rows_stay(old: date, settings: Any) -> None:
    assert selectors.months_to_archive() == [old]
    assert services.archive_old() == 1
    assert services.archive_old() == 0
    archive = services.make_archive(audit.SYSTEM, month_on=old)
    file = Path(settings.EVIDENCE_DIR) / archive.path
    lines = gzip.decompress(file.read_bytes()).splitlines()
    assert (len(lines), archive.rows) == (4, 4)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == archive.digest
    assert services.is_signed(archive.key.public_pem, archive.statement.encode(), archive.signature)
    assert file.stat().st_mode & 0o222 == 0
    assert services.verify_now(Trigger.COMMAND).rows >= 6
    months = {month.on: month for month in selectors.list_months()}
    assert months[old].archive == archive
    assert (months[old].entries, months[old].silent_days) == (4, len_silent(old))


def len_silent(month: date) -> int:
    """From the day of the first entry to the end of its month, but for that day."""
    begun = days_ago(245)
    following = (month + timedelta(days=32)).replace(day=1)
    return (following - begun).days - 1


def test_an_archive_changed_or_gone_is_found(old: date, settings: Any) -> None:
    services.archive_old()
    file = Path(settings.EVIDENCE_DIR) / Archive.objects.get().path
    file.chmod(0o644)
    file.write_bytes(b"x")
    assert [f["kind"] for f in services.verify_now(Trigger.COMMAND).faults] == ["archive_changed"]
    file.unlink()
    assert [f["kind"] for f in services.verify_now(Trigger.COMMAND).faults] == ["archive_missing"]


def test_what_cannot_be_archived_is_refused(old: date) -> None:
    with pytest.raises(Refused, match="尚未结束"):
        services.make_archive(audit.SYSTEM, month_on=clock.today())
    with pytest.raises(Refused, match="没有封存"):
        services.make_archive(audit.SYSTEM, month_on=date(2001, 1, 1))
    tamper("UPDATE audit_auditentry SET action = 'x' WHERE object_id = '3'")
    with pytest.raises(Refused, match="不符"):
        services.make_archive(audit.SYSTEM, month_on=old)
    assert not Archive.objects.exists()


def test_never_fewer_than_six_months(settings: Any) -> None:
    settings.AUDIT_RETENTION_MONTHS = 1
    with clock.at(clock.now() - timedelta(days=150)):
        write(1)
        seal()
    assert selectors.months_to_archive() == []
