"""Taking applicants out of applications: who applied, with which papers, what was decided of them.

The sealed results stay where documents under a seal are kept (``apps.seals``); the numbers of
licences stay with the parts, so that one can still be told to be ours.
"""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common.models import StoredFile
from apps.guides.enums import PartState, ReviewState
from apps.guides.models import Application, ApplicationPart, CheckRun
from apps.matters.forgetting import SOMEBODY, Forgetting, blank_rows, clean_rows
from apps.matters.registry import PersonHolder

_UNDECIDED = [PartState.WAITING, PartState.OPEN]


class ApplicantPeople(PersonHolder):
    """What applications keep. Parts of a joint business go with the main case."""

    matters = ("service", "onething")

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give applicants: names, telephones, numbers of their papers."""
        found: dict[int, set[str]] = {}
        rows = Application.objects.filter(_of(case_ids)).values_list(
            "case_id",
            "parts__case_id",
            *("applicant_name", "applicant_phone", "applicant_id_number"),
        )
        for main, part, *known in rows:
            for case_id in {main, part} & set(case_ids):
                found.setdefault(case_id, set()).update(word for word in known if word)
        return found

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will keep what a department still decides on, and what somebody still looks at."""
        parts = ApplicationPart.objects.filter(state__in=_UNDECIDED)
        found = dict.fromkeys(
            parts.filter(application__case_id__in=case_ids).values_list(
                "application__case_id", flat=True
            ),
            _("有部门尚未作出决定"),
        )
        pending = CheckRun.objects.filter(case_id__in=case_ids, review=ReviewState.PENDING)
        return found | dict.fromkeys(pending.values_list("case_id", flat=True), _("待抽查"))

    def forget(self, forgetting: Forgetting) -> None:
        """Will take applicants and their papers away, and clean what was said of them."""
        ids = forgetting.case_ids
        own = Application.objects.filter(case_id__in=ids)
        for case_id, materials in own.values_list("case_id", "materials"):
            for file_id in _files_of(materials):
                forgetting.free(case_id, file_id)
        blank_rows(
            forgetting,
            own,
            applicant_name=SOMEBODY,
            applicant_phone="",
            applicant_id_number="",
            materials={},
        )
        parts = ApplicationPart.objects.filter(application__case_id__in=ids)
        clean_rows(forgetting, parts, "opinion", of="application__case_id")
        runs = CheckRun.objects.filter(case_id__in=ids)
        clean_rows(forgetting, runs, "results", "review_note")


def _of(case_ids: Sequence[int]) -> Q:
    return Q(case_id__in=case_ids) | Q(parts__case_id__in=case_ids)


def _files_of(materials: dict[str, list[dict[str, object]]]) -> list[int]:
    """The keys of the stored papers that are still there."""
    named = [one.get("file") for papers in materials.values() for one in papers]
    keys = [key for key in named if isinstance(key, int)]
    return list(StoredFile.objects.filter(pk__in=keys).values_list("pk", flat=True))
