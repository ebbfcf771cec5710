"""The shape of a report and of its receipt. Limits of length are the service's."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.forms import first_sentence
from apps.hotline.services import Intake
from apps.matters.enums import Channel, Priority


class ReportSerializer(serializers.Serializer[Any]):
    """One report (HL-08). lon, lat: degrees WGS 84, both or neither."""

    text = serializers.CharField(max_length=4000)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(choices=Channel.choices, default=Channel.API.value)
    nature = serializers.ChoiceField(choices=Nature.choices, default=Nature.HELP.value)
    family = serializers.ChoiceField(choices=ComplaintFamily.choices, default="", allow_blank=True)
    reporter_name = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default=""
    )
    reporter_phone = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default=""
    )
    lon = serializers.FloatField(
        min_value=-180, max_value=180, required=False, allow_null=True, default=None
    )
    lat = serializers.FloatField(
        min_value=-90, max_value=90, required=False, allow_null=True, default=None
    )
    address = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    class_code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.NORMAL.value)
    is_secret = serializers.BooleanField(default=False)
    is_public = serializers.BooleanField(default=False)
    wants_callback = serializers.BooleanField(default=True)
    form_data = serializers.JSONField(required=False, default=dict)
    family_content = serializers.JSONField(required=False, default=dict)

    def validate_channel(self, value: str) -> str:
        if value == Channel.IMPORT:  # years of old reports go another way, without receipts
            raise serializers.ValidationError("import is not reported over REST")
        return value

    def validate_form_data(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise serializers.ValidationError("object expected")
        return value

    def validate_family_content(self, value: Any) -> dict[str, Any]:
        return self.validate_form_data(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["lon"] is None) != (attrs["lat"] is None):
            missing = "lon" if attrs["lon"] is None else "lat"
            raise serializers.ValidationError({missing: "lon and lat belong together"})
        return attrs

    @staticmethod
    def intake(checked: Mapping[str, Any], *, source_key: str | None) -> Intake:
        """Will give the report as the service takes it; the title falls back to the text.

        checked: what ``run_validation`` gave.
        """
        d = dict(checked)
        return Intake(
            title=d.pop("title") or first_sentence(d["text"]),
            channel=Channel(d.pop("channel")),
            nature=Nature(d.pop("nature")),
            family=ComplaintFamily(d.pop("family")),
            priority=Priority(d.pop("priority")),
            source_key=source_key,
            **d,
        )


class MultipartReportSerializer(ReportSerializer):
    """The same with files, for ``multipart/form-data``."""

    files = serializers.ListField(child=serializers.FileField(), required=False, max_length=9)


class PlaceSerializer(serializers.Serializer[Any]):
    """The grid cell a report was found to lie in, or the widest area that is sure."""

    area = serializers.CharField()
    area_name = serializers.CharField()
    lon = serializers.FloatField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)


class DuplicateSerializer(serializers.Serializer[Any]):
    """A case that may be about the same thing. score: 0 to 1."""

    number = serializers.CharField()
    score = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())


class ProposalSerializer(serializers.Serializer[Any]):
    """A class the words suggest, and which words."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    reasons = serializers.CharField()


class ReceiptSerializer(serializers.Serializer[Any]):
    """What became of a report. repeated: it was there already, nothing was made."""

    number = serializers.CharField()
    url = serializers.CharField()
    progress_url = serializers.CharField()
    state = serializers.CharField()
    repeated = serializers.BooleanField()
    place = PlaceSerializer()
    duplicates = DuplicateSerializer(many=True)
    class_proposals = ProposalSerializer(many=True)


class StepSerializer(serializers.Serializer[Any]):
    """One public step of a case."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    state = serializers.CharField()


class ProgressSerializer(serializers.Serializer[Any]):
    """What the reporter may know: no names of staff, no internal notes."""

    number = serializers.CharField()
    state = serializers.CharField()
    category = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    expected_at = serializers.DateTimeField(allow_null=True)
    can_complete = serializers.BooleanField()
    can_evaluate = serializers.BooleanField()
    steps = StepSerializer(many=True)


class OwnDemandSerializer(serializers.Serializer[Any]):
    """A case as its reporter's list shows it; nothing of who works on it but the unit."""

    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField()
    expected_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class TextSerializer(serializers.Serializer[Any]):
    """A text to be classified or compared."""

    text = serializers.CharField(max_length=4000, min_length=2)
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class PlacedTextSerializer(TextSerializer):
    """A text with its place, for the search for duplicates."""

    lon = serializers.FloatField(min_value=-180, max_value=180, required=False, default=None)
    lat = serializers.FloatField(min_value=-90, max_value=90, required=False, default=None)
    class_code = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
