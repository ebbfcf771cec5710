"""Workers and patrols as other systems read them: nobody's place, nobody's track."""

from typing import Any

from rest_framework import serializers

from apps.common import masking
from apps.fieldwork.enums import PatrolState, WorkerState
from apps.fieldwork.models import Patrol, Worker


class FieldWorkerSerializer(serializers.ModelSerializer[Worker]):
    """A worker; name and number masked."""

    name = serializers.SerializerMethodField()
    phone = serializers.SerializerMethodField()
    unit = serializers.CharField(source="unit.code")
    cells = serializers.SerializerMethodField()

    class Meta:
        model = Worker
        fields = ("id", "name", "phone", "unit", "kind", "state", "skills", "cells")

    def get_name(self, row: Worker) -> str:
        return masking.mask_name(row.user.full_name)

    def get_phone(self, row: Worker) -> str:
        return masking.mask_phone(row.phone)

    def get_cells(self, row: Any) -> list[str]:
        return [duty.cell.code for duty in row.duties_today]


class FieldWorkerQuery(serializers.Serializer[Any]):
    """Narrows the list of workers."""

    state = serializers.ChoiceField(choices=WorkerState.choices, required=False, default="")


class PatrolSerializer(serializers.ModelSerializer[Patrol]):
    """A patrol of a day with what was measured; shares from 0 to 1."""

    plan = serializers.CharField(source="plan.title")
    subject = serializers.CharField(source="plan.subject")
    unit = serializers.CharField(source="plan.unit.code")
    worker = serializers.IntegerField(source="worker_id", allow_null=True)
    points = serializers.IntegerField(source="stops_all")
    points_done = serializers.IntegerField(source="stops_done")

    class Meta:
        model = Patrol
        fields = (
            "id",
            "plan",
            "subject",
            "unit",
            "worker",
            "day",
            "starts_at",
            "ends_at",
            "state",
            "points",
            "points_done",
            "distance_m",
            "point_share",
            "ground_share",
        )


class PatrolQuery(serializers.Serializer[Any]):
    """Which day, today if not said; which state."""

    day = serializers.DateField(required=False, default=None)
    state = serializers.ChoiceField(choices=PatrolState.choices, required=False, default="")
