"""Taking the citizens out of groups and topics: the words written about single reports."""

from apps.matters.forgetting import Forgetting, clean_rows
from apps.matters.registry import PersonHolder
from apps.voices.models import Topic, Voice, VoiceGroup


class VoicePeople(PersonHolder):
    """What groups and topics keep."""

    def forget(self, forgetting: Forgetting) -> None:
        """Will clean the answer of a group and why a report joined or left it."""
        ids = forgetting.case_ids
        voices = Voice.objects.filter(case_id__in=ids)
        clean_rows(forgetting, voices, "reason", "reasons", "left_reason")
        groups = VoiceGroup.objects.filter(main_id__in=ids)
        clean_rows(forgetting, groups, "answer", of="main_id")
        clean_rows(forgetting, Topic.objects.filter(case_id__in=ids), "note", "why")
