"""Shared files and figures as other systems read them."""

from typing import Any

from rest_framework import serializers

from apps.registry.enums import FileKind


class SharedQuery(serializers.Serializer[Any]):
    """Which kind; after: the id of the last file of the page before."""

    kind = serializers.ChoiceField(choices=FileKind.choices)
    after = serializers.IntegerField(required=False, min_value=0, default=0)


class SharedPageSerializer(serializers.Serializer[Any]):
    """A page of files with the fields that are shared; next: ``after`` of the next page."""

    results = serializers.ListField(child=serializers.DictField())
    next = serializers.IntegerField(allow_null=True)


class FiguresQuery(serializers.Serializer[Any]):
    """A period, both days included, and an area by its code; everything below it counts."""

    first = serializers.DateField()
    last = serializers.DateField()
    area = serializers.CharField(required=False, max_length=40, default="")


class KindFiguresSerializer(serializers.Serializer[Any]):
    """Total at the end of the period, at its beginning, new and gone in it, growth as a share."""

    kind = serializers.ChoiceField(choices=FileKind.choices)
    total = serializers.IntegerField()
    before = serializers.IntegerField()
    new = serializers.IntegerField()
    gone = serializers.IntegerField()
    growth = serializers.FloatField(allow_null=True)
