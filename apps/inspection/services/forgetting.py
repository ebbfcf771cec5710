"""Taking people out of inspections: what was found with them, and who they were once they left.

A firm is no person: its name stays with its published results. Lists of draws name objects by
number and stay whole, so that a draw can be proven again.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from apps.inspection.enums import ObjectKind
from apps.inspection.models import BehaviourRecord, CheckResult, DrawResult, SupervisedObject
from apps.matters.forgetting import SOMEBODY, Forgetting, blank_rows, clean_rows
from apps.matters.registry import PersonHolder

SWEPT_MOST = 1000  # objects in one sweep; the next night goes on


class SupervisedPeople(PersonHolder):
    """What inspections keep."""

    matters = ("supervision",)

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give the persons who were inspected: names and addresses."""
        rows = DrawResult.objects.filter(
            case_id__in=case_ids, supervised__kind=ObjectKind.PERSON
        ).values_list("case_id", "supervised__name", "supervised__address")
        return {case_id: {word for word in known if word} for case_id, *known in rows}

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean what was found and what was noted as behaviour, and have the files dropped."""
        ids = forgetting.case_ids
        checks = CheckResult.objects.filter(result__case_id__in=ids)
        for case_id, file_id in checks.exclude(file=None).values_list("result__case_id", "file_id"):
            forgetting.free(case_id, file_id)
        words = ("items", "text", "public_text", "returned_reason")
        clean_rows(forgetting, checks, *words, of="result__case_id")
        blank_rows(forgetting, checks, of="result__case_id", file=None, file_name="")
        noted = BehaviourRecord.objects.filter(case_id__in=ids)
        for case_id, file_id in noted.exclude(file=None).values_list("case_id", "file_id"):
            forgetting.free(case_id, file_id)
        clean_rows(forgetting, noted, "text", "withdrawn_reason")
        blank_rows(forgetting, noted, file=None, file_name="")

    def sweep(self, before: datetime) -> int:
        """Will forget the persons who are supervised no more and whose cases are all forgotten."""
        living = DrawResult.objects.filter(supervised=OuterRef("pk")).filter(
            Q(case=None, draw__frozen_at__gte=before)
            | Q(case__isnull=False, case__tombstone__isnull=True)
        )
        gone = SupervisedObject.objects.filter(
            kind=ObjectKind.PERSON, is_active=False, created_at__lt=before
        )
        gone = gone.exclude(Exists(living)).exclude(name=SOMEBODY)
        ids = list(gone.order_by("pk").values_list("pk", flat=True)[:SWEPT_MOST])
        SupervisedObject.objects.filter(pk__in=ids).update(
            name=SOMEBODY, credit_code="", address="", point=None, ended_reason=""
        )
        return len(ids)
