"""Taking the citizens out of opinions and ideas."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from apps.common import clock
from apps.common.personal import remove_personal
from apps.matters.forgetting import Forgetting, blank_rows, clean_rows
from apps.matters.registry import PersonHolder
from apps.nlp.search import search_vector
from apps.opinions.models import Idea, Opinion, SurveyAnswer, SurveyInvite

SWEPT_MOST = 2000  # rows of a kind in one sweep; the next night goes on


class OpinionPeople(PersonHolder):
    """What opinions, ideas and surveys keep of people: a telephone, how they like to be called.

    Their words stay without numbers and addresses: they were written to be weighed in public. The
    keyed digest of a number stays too, so that nobody writes or votes twice; nobody reads from it
    who that is.
    """

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give the numbers of those whose idea became the case."""
        ideas = Idea.objects.filter(case_id__in=case_ids).exclude(phone="")
        return {case_id: {phone} for case_id, phone in ideas.values_list("case_id", "phone")}

    def forget(self, forgetting: Forgetting) -> None:
        """Will take the authors of adopted ideas away with their cases."""
        ideas = Idea.objects.filter(case_id__in=forgetting.case_ids)
        clean_rows(forgetting, ideas, "title", "text")
        blank_rows(forgetting, ideas, phone="")
        _index_anew(ideas)

    def sweep(self, before: datetime) -> int:
        """Will forget who wrote opinions, and ideas no case came of, before a moment."""
        opinions = Opinion.objects.filter(at__lt=before).exclude(phone="", name="")
        written = list(opinions.order_by("pk")[:SWEPT_MOST])
        for opinion in written:
            opinion.text = remove_personal(opinion.text)
            opinion.name = opinion.phone = ""
        Opinion.objects.bulk_update(written, ["text", "name", "phone"])
        ideas = Idea.objects.filter(created_at__lt=before, case=None).exclude(phone="")
        had = list(ideas.defer("search").order_by("pk")[:SWEPT_MOST])
        for idea in had:
            idea.title, idea.text = remove_personal(idea.title), remove_personal(idea.text)
            idea.phone = ""
        Idea.objects.bulk_update(had, ["title", "text", "phone"])
        _index_anew(had)
        return len(written) + len(had) + _sweep_answers(before) + _sweep_invites(before)


def _sweep_answers(before: datetime) -> int:
    """What was chosen is counted for ever; what was typed loses its people, once."""
    typed = SurveyAnswer.objects.filter(saved_at__lt=before, cleaned_at=None)
    had = list(typed.order_by("pk")[:SWEPT_MOST])
    for answer in had:
        answer.data = _without_people(answer.data)
        answer.cleaned_at = clock.now()
    SurveyAnswer.objects.bulk_update(had, ["data", "cleaned_at"])
    return len(had)


def _without_people(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_people(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_people(inner) for inner in value]
    return remove_personal(value) if isinstance(value, str) else value


def _sweep_invites(before: datetime) -> int:
    """Numbers that never got their message."""
    return SurveyInvite.objects.filter(made_at__lt=before).exclude(phone="").update(phone="")


def _index_anew(ideas: Iterable[Idea]) -> None:
    for idea in ideas:
        found = search_vector(idea.title, idea.text)
        Idea.objects.filter(pk=idea.pk).update(search=found)
