"""How a case looks to other systems. Personal data never leaves through here."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common import forms_data
from apps.common.api.filters import MomentFilter
from apps.gateway.permissions import clear_of, masked_for
from apps.matters.definition import definition_of
from apps.matters.enums import Channel, Priority, StateCategory
from apps.matters.models import Case, CaseAttachment, CaseEvent
from apps.matters.registry import extension_of


class CaseSerializer(serializers.ModelSerializer[Case]):
    """One case: current values only; ``events`` holds what happened."""

    matter_type = serializers.CharField(source="matter_type.code")
    state_label = serializers.SerializerMethodField()
    unit = serializers.CharField(source="unit.code", allow_null=True, default=None)
    unit_name = serializers.CharField(source="unit.name", allow_null=True, default=None)
    area = serializers.CharField(source="area.code")
    area_name = serializers.CharField(source="area.name")
    lon = serializers.FloatField(source="point.x", allow_null=True, default=None)
    lat = serializers.FloatField(source="point.y", allow_null=True, default=None)
    version = serializers.IntegerField(source="lock_version")

    class Meta:
        model = Case
        fields = (
            "number",
            "matter_type",
            "channel",
            "title",
            "text",
            "state",
            "state_label",
            "category",
            "class_code",
            "class_label",
            "priority",
            "unit",
            "unit_name",
            "area",
            "area_name",
            "address",
            "lon",
            "lat",
            "round",
            "pending_request",
            "opened_at",
            "accepted_at",
            "dispatched_at",
            "answered_at",
            "closed_at",
            "due_at",
            "clock_paused",
            "version",
        )

    def get_state_label(self, case: Case) -> str:
        return definition_of(case.version_id, case.version.body).state(case.state).label


class ShownValueSerializer(serializers.Serializer[Any]):
    """One of the matter's own fields as filled; masked where ``is_masked``."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    text = serializers.CharField()
    is_masked = serializers.BooleanField()


class ReporterSerializer(serializers.Serializer[Any]):
    """Who reported; masked but for what the client was granted to see."""

    name = serializers.CharField()
    phone = serializers.CharField()


class CaseDetailSerializer(CaseSerializer):
    """One case with its reporter and the matter's own fields, masked but for what is granted.

    context: ``request``, whose client decides what is granted; nothing without one.
    """

    reporter = serializers.SerializerMethodField()
    form = serializers.SerializerMethodField()

    class Meta(CaseSerializer.Meta):
        fields = (*CaseSerializer.Meta.fields, "reporter", "form")  # type: ignore[assignment]

    @extend_schema_field(ReporterSerializer(allow_null=True))
    def get_reporter(self, case: Case) -> dict[str, str] | None:
        found = extension_of(case.matter_type.code).reporter(case)
        if found is None:
            return None
        return dict(masked_for(self.context.get("request"), {"reporter": found})["reporter"])

    @extend_schema_field(ShownValueSerializer(many=True))
    def get_form(self, case: Case) -> list[dict[str, Any]]:
        definition = definition_of(case.version_id, case.version.body)
        shown = forms_data.show(definition.form, case.form_data)
        if clear := clear_of(self.context.get("request")):
            types = {entry["name"]: entry["type"] for entry in definition.form.get("fields", [])}
            bare = forms_data.show(definition.form, case.form_data, unmasked=True)
            shown = [
                full if types[full.name] in clear else masked
                for full, masked in zip(bare, shown, strict=True)
            ]
        return [dict(row) for row in ShownValueSerializer(shown, many=True).data]


class UploadSerializer(serializers.Serializer[Any]):
    """A file to be named in a form."""

    file = serializers.FileField()


class UploadedSerializer(serializers.Serializer[Any]):
    """What a file is called from now on. key: put it into a field of type ``files``."""

    key = serializers.CharField()
    media_type = serializers.CharField()
    size_bytes = serializers.IntegerField()


class AttachmentSerializer(serializers.ModelSerializer[CaseAttachment]):
    """A file of a case; its content is fetched through the staff portal."""

    sha256 = serializers.CharField(source="file.sha256")
    media_type = serializers.CharField(source="file.media_type")
    size_bytes = serializers.IntegerField(source="file.size_bytes")

    class Meta:
        model = CaseAttachment
        fields = ("id", "name", "purpose", "sha256", "media_type", "size_bytes", "added_at")


class EventSerializer(serializers.ModelSerializer[CaseEvent]):
    """One event; ``note`` is internal and shown to staff systems only."""

    class Meta:
        model = CaseEvent
        fields = (
            "seq",
            "action",
            "label",
            "at",
            "actor_name",
            "actor_unit",
            "from_state",
            "to_state",
            "round",
            "note",
            "public_text",
        )


class ActionRequestSerializer(serializers.Serializer[Any]):
    """What to do. data: the fields of the action's form. version: what the client saw."""

    data = serializers.DictField(  # type: ignore[assignment]  # the form of the action decides
        required=False, default=dict
    )
    version = serializers.IntegerField(required=False, min_value=0)


class OfferedActionSerializer(serializers.Serializer[Any]):
    """An action the caller may do now."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    style = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    takes_files = serializers.BooleanField()


class ActionResultSerializer(serializers.Serializer[Any]):
    """What an action led to. repeated: the key had been used; nothing was done again."""

    case = CaseSerializer()
    event = EventSerializer()
    repeated = serializers.BooleanField()


class CaseFilter(filters.FilterSet):
    """Filters of the case list; times are ISO 8601 with zone."""

    category = filters.ChoiceFilter(choices=StateCategory.choices)
    channel = filters.ChoiceFilter(choices=Channel.choices)
    priority = filters.ChoiceFilter(choices=Priority.choices)
    class_code = filters.CharFilter()
    unit = filters.CharFilter(field_name="unit__code")
    matter_type = filters.CharFilter(field_name="matter_type__code")
    opened_after = MomentFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = MomentFilter(field_name="opened_at", lookup_expr="lt")
    updated_after = MomentFilter(field_name="updated_at", lookup_expr="gte")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")

    class Meta:
        model = Case
        fields: list[str] = []


class LedgerRowSerializer(serializers.Serializer[Any]):
    """One line of a ledger. request: "request:12" where a ruling led to it."""

    sequence = serializers.IntegerField(source="row.sequence")
    round = serializers.IntegerField(source="row.round")
    kind = serializers.CharField(source="row.kind")
    label = serializers.CharField(source="row.label")  # type: ignore[assignment]
    amount = serializers.CharField(source="row.amount")
    from_at = serializers.DateTimeField(source="row.from_at")
    to_at = serializers.DateTimeField(source="row.to_at", allow_null=True)
    reason = serializers.CharField(source="row.reason")
    by_name = serializers.CharField(source="row.by_name")
    request = serializers.CharField(source="row.request")
    due_before = serializers.DateTimeField(source="row.due_before", allow_null=True)
    due_after = serializers.DateTimeField(source="row.due_after")


class LedgerDaySerializer(serializers.Serializer[Any]):
    """A day, or days off in a row; counted, total: minutes."""

    on = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    kind = serializers.CharField()
    name = serializers.CharField()
    spans = serializers.CharField()
    counted = serializers.IntegerField()
    total = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())


class LedgerMarkSerializer(serializers.Serializer[Any]):
    """A threshold: its rule, its moment, when it was acted on and by which events."""

    code = serializers.CharField(source="mark.code")
    level = serializers.CharField(source="mark.level")
    rule = serializers.CharField(source="mark.rule")
    at = serializers.DateTimeField(source="mark.at", allow_null=True)
    fired_at = serializers.DateTimeField(source="mark.fired_at", allow_null=True)
    events = serializers.SerializerMethodField()

    def get_events(self, item: Any) -> list[int]:
        return [event.seq for event in item.events]


class LedgerSerializer(serializers.Serializer[Any]):
    """How one deadline came about. budget, spent, left: minutes on the clock's own scale."""

    name = serializers.CharField(source="statement.clock.name")
    label = serializers.CharField(source="statement.clock.label")  # type: ignore[assignment]
    state = serializers.CharField(source="statement.clock.state")
    limit = serializers.CharField(source="statement.limit")
    rule = serializers.CharField(source="statement.rule")
    calendar = serializers.CharField(source="statement.calendar_name")
    calendar_revision = serializers.IntegerField(source="statement.revision")
    started_at = serializers.DateTimeField(source="statement.clock.started_at")
    due_at = serializers.DateTimeField(source="statement.clock.due_at")
    stopped_at = serializers.DateTimeField(source="statement.clock.stopped_at", allow_null=True)
    budget = serializers.IntegerField(source="statement.budget")
    spent = serializers.IntegerField(source="statement.spent")
    left = serializers.IntegerField(source="statement.left")
    sentences = serializers.ListField(child=serializers.CharField(), source="statement.sentences")
    rows = LedgerRowSerializer(many=True)
    days = LedgerDaySerializer(many=True, source="statement.days")
    marks = LedgerMarkSerializer(many=True)
