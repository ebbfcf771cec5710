"""Taking people out of what was passed on about their cases.

The words are covered when they go, but names in them cannot be found, and two people may have let
them go as they are. So a case whose people are forgotten goes up once more, cleaned.
"""

import json

from django.db.models import Min

from apps.districts.enums import Kind
from apps.districts.models import Batch, SentRow, Stream
from apps.districts.shapes import UNCERTAIN
from apps.matters.forgetting import Forgetting
from apps.matters.models import Case
from apps.matters.registry import PersonHolder


class PassedOnPeople(PersonHolder):
    """What batches to a city hold of cases; the city's mirror is cleaned by the next batch."""

    def forget(self, forgetting: Forgetting) -> None:
        """Will empty the batches the cases went in, and have them gathered again.

        Rows of other cases in a batch the city has not answered yet are gathered again too.
        """
        cases = Case.objects.filter(pk__in=forgetting.case_ids)
        numbers = dict(cases.values_list("number", "pk"))
        streams = Stream.objects.filter(kind=Kind.CASES, sent_rows__origin__in=numbers).distinct()
        for stream in (
            Stream.objects.select_for_update().filter(pk__in=streams.values("pk")).order_by("pk")
        ):
            again = set(numbers)
            for batch in stream.batches.exclude(body="").order_by("pk"):
                again |= _emptied(batch, numbers, forgetting)
            SentRow.objects.filter(stream=stream, origin__in=again).update(digest=UNCERTAIN)
            changed = Case.objects.filter(number__in=again).aggregate(at=Min("updated_at"))
            stream.whole_at = min(stream.whole_at, changed["at"] or stream.whole_at)
            stream.scan_began_at, stream.scan_after, stream.compared_at = None, "", None
            stream.save(update_fields=["whole_at", "scan_began_at", "scan_after", "compared_at"])


def _emptied(batch: Batch, numbers: dict[str, int], forgetting: Forgetting) -> set[str]:
    origins = {row["origin"] for row in json.loads(batch.body)["rows"]}
    met = origins & numbers.keys()
    if not met:
        return set()
    for number in met:
        forgetting.count(numbers[number], "districts")
    batch.body = ""
    batch.save(update_fields=["body"])
    return origins if batch.answered_at is None else set()
