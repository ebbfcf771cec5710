"""Taking the people out of a case: its words, its place, its papers. Figures and codes stay.

Called by ``apps.retention`` through ``registry.holders`` in the transaction that writes the
tombstones: only then does the database let the history of those cases be changed.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps.matters.enums import FactKind
from apps.matters.forgetting import Forgetting, blank_rows, clean_rows, drop_files
from apps.matters.models import (
    Case,
    CaseAttachment,
    CaseEvent,
    CaseFact,
    Countersigning,
    Evaluation,
    ListenerDelivery,
    Order,
    OutsideResult,
    Request,
    Split,
    SplitPart,
    Task,
)
from apps.matters.registry import PersonHolder
from apps.nlp import search
from apps.nlp.marks import marks_of
from apps.notices import services as notices
from apps.rules import services as rules

#: What a title becomes where nothing of it may stay.
_ERASED = "—"
#: Rows with words about a case: lookup from the row to the case, and the fields.
_WORDS: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (CaseEvent, "case_id", ("note", "public_text", "data")),
    (Evaluation, "case_id", ("comment",)),
    (OutsideResult, "case_id", ("text", "data", "problem")),
    (ListenerDelivery, "case_id", ("reason", "error", "result")),
    (SplitPart, "case_id", ("title", "reason", "note")),
    (Countersigning, "case_id", ("question",)),
    (Task, "case_id", ("instruction", "result")),
    (Request, "case_id", ("reason", "details", "decision_note")),
    (Order, "case_id", ("text", "reply")),
)


class CasePeople(PersonHolder):
    """What the engine itself keeps."""

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give the addresses the reporters gave."""
        found = Case.objects.filter(pk__in=case_ids).exclude(address="")
        return {pk: {address} for pk, address in found.values_list("pk", "address")}

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will keep what goes on: open cases, requests nobody ruled on, orders without reply."""
        found: dict[int, str] = {}
        for case in Case.objects.filter(pk__in=case_ids).only(
            "category", "pending_request", "open_orders"
        ):
            if not case.is_ended:
                found[case.pk] = _("尚未办结")
            elif case.pending_request:
                found[case.pk] = _("有待审批的请求")
            elif case.open_orders:
                found[case.pk] = _("督办尚未回复")
        return found

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean the case, its history and its work, and what was told about it."""
        ids = forgetting.case_ids
        for model, of, fields in _WORDS:
            clean_rows(forgetting, model.objects.filter(**{f"{of}__in": ids}), *fields, of=of)
        clean_rows(forgetting, Split.objects.filter(parent_id__in=ids), "label", of="parent_id")
        places = CaseFact.objects.filter(case_id__in=ids, kind=FactKind.PLACE)
        blank_rows(forgetting, places, value="", label="", data={})
        drop_files(forgetting, CaseAttachment.objects.filter(case_id__in=ids))
        rules.forget_subjects({f"case:{pk}": pk for pk in ids}, clean=forgetting.clean_data)
        notices.forget_pages([f"/cases/{pk}/" for pk in ids])
        notices.forget_addressees(
            {word for words in forgetting.known.values() for word in words},
            before=forgetting.before,
            naming=list(Case.objects.filter(pk__in=ids).values_list("number", flat=True)),
        )
        _clean_cases(forgetting)


def _clean_cases(forgetting: Forgetting) -> None:
    cases = list(Case.objects.filter(pk__in=forgetting.case_ids).defer("search"))
    for case in cases:
        case.title = forgetting.clean(case.pk, case.title)[:120] or _ERASED
        case.text = forgetting.clean(case.pk, case.text)[:4000]
        case.form_data = (
            {} if case.pk in forgetting.erased else forgetting.clean_data(case.pk, case.form_data)
        )
        case.address, case.point, case.attachment_count = "", None, 0
        if case.source_key != forgetting.clean_data(case.pk, case.source_key):
            case.source_key = f"forgotten:{case.pk}"
        marks = marks_of(None, case.area_path, case.opened_at)
        words = search.vector_literal(case.title, case.text, marks)
        case.search = Cast(Value(words), SearchVectorField())
        forgetting.count(case.pk, "matters")
    fields = ["title", "text", "form_data", "address", "point", "source_key"]
    Case.objects.bulk_update(cases, [*fields, "attachment_count", "search"])
