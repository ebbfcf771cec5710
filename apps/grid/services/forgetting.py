"""Taking people out of what grid workers were asked to look at."""

from apps.grid.models import Look
from apps.matters.forgetting import Forgetting, clean_rows
from apps.matters.registry import PersonHolder


class LookPeople(PersonHolder):
    """What looks at a case keep; events of the grid itself are not forgotten by these rules."""

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean why a look was ordered, and why there was no place."""
        looks = Look.objects.filter(task__case_id__in=forgetting.case_ids)
        clean_rows(forgetting, looks, "reason", "no_place_reason", of="task__case_id")
