"""Taking the citizens out of inspections of calls: what was written about them."""

from apps.callcentre.models import Inspection, QualityScore
from apps.matters.forgetting import Forgetting, clean_rows
from apps.matters.registry import PersonHolder


class InspectionPeople(PersonHolder):
    """What quality inspection keeps; who served whom, and for how long, stays."""

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean remarks about the calls the cases came of."""
        of = "call__demands__case_id"
        inspections = Inspection.objects.filter(**{f"{of}__in": forgetting.case_ids})
        clean_rows(forgetting, inspections, "appeal", "answer", of=of)
        of = f"inspection__{of}"
        scores = QualityScore.objects.filter(**{f"{of}__in": forgetting.case_ids})
        clean_rows(forgetting, scores, "comment", of=of)
