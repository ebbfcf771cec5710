"""Backups, restore tests and what is counted of a city."""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import QuerySet

from apps.audit.models import AuditEntry
from apps.common.models import StoredFile
from apps.upkeep.enums import WorkState
from apps.upkeep.models import BackupPolicy, BackupRun, RestoreTest

#: Rows that are only ever added: after a restore there must be at least as many.
COUNTED = (
    "accounts.User",
    "audit.AuditEntry",
    "audit.AuditSeal",
    "matters.Case",
    "matters.CaseEvent",
    "alarms.Alarm",
    "common.StoredFile",
)


def count_city() -> dict[str, int]:
    """Will count the rows a restore is held against, by model."""
    return {label: apps.get_model(label)._default_manager.count() for label in COUNTED}


@dataclass(frozen=True)
class Newest:
    """The newest there is. case: its number; at: when it last changed; files: paths rows cite."""

    case: str
    at: datetime | None
    files: list[str]


def newest_of_city() -> Newest:
    """Will tell of the newest case, the newest entry of the log, and the files rows cite."""
    case = apps.get_model("matters.Case")._default_manager.order_by("-pk").first()
    entry = AuditEntry.objects.order_by("-pk").values_list("at", flat=True).first()
    cited = StoredFile.objects.order_by("pk").values_list("path", flat=True)
    return Newest(case.number if case else "", entry, list(cited))


def list_policies() -> QuerySet[BackupPolicy]:
    """Will list the policies, by code."""
    return BackupPolicy.objects.order_by("code")


def list_runs(*, state: str = "") -> QuerySet[BackupRun]:
    """Will list the backups, newest first, with their copies."""
    found = BackupRun.objects.select_related("asked_by").prefetch_related("copies")
    if state:
        found = found.filter(state=state)
    return found.order_by("-asked_at", "-pk")


def list_restore_tests() -> QuerySet[RestoreTest]:
    """Will list the restore tests, newest first."""
    found = RestoreTest.objects.select_related("asked_by", "copy")
    return found.order_by("-asked_at", "-pk")


def last_good_backup() -> BackupRun | None:
    """Will give the newest backup of which at least one place holds a copy."""
    good = BackupRun.objects.filter(state__in=[WorkState.DONE, WorkState.PARTIAL])
    return good.order_by("-started_at").first()


def last_restore_test() -> RestoreTest | None:
    """Will give the newest restore test that ended."""
    return RestoreTest.objects.filter(ended_at__isnull=False).order_by("-ended_at").first()
