"""One row in, one row kept."""

from typing import Any

from django.db import models
from rest_framework import generics, serializers


class BareRow(models.Model):
    """The table is made by the benchmark, not by a migration."""

    title = models.CharField(max_length=120)
    text = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "bench_bare_row"

    def __str__(self) -> str:
        return self.title


class RowSerializer(serializers.ModelSerializer[BareRow]):
    class Meta:
        model = BareRow
        fields = ("id", "title", "text")


class InsertRow(generics.CreateAPIView[BareRow]):
    """Checks two fields and inserts them."""

    authentication_classes: Any = []
    permission_classes: Any = []
    throttle_classes: Any = []
    queryset = BareRow.objects.none()
    serializer_class = RowSerializer
