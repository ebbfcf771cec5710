from typing import Any

from rest_framework import serializers

from apps.evidence.models import Checkpoint, Testimony


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """A checkpoint as signed: ``signature`` is over the UTF-8 bytes of ``body``."""

    public_pem = serializers.CharField(source="key.public_pem", read_only=True)
    endorsement = serializers.CharField(source="key.endorsement", read_only=True)
    is_stamped = serializers.SerializerMethodField()
    witnesses = serializers.SerializerMethodField()

    class Meta:
        model = Checkpoint
        fields = [
            "stream",
            "number",
            "size",
            "rows",
            "root",
            "digest",
            "body",
            "signature",
            "public_pem",
            "endorsement",
            "at",
            "is_stamped",
            "witnesses",
        ]

    def get_is_stamped(self, checkpoint: Checkpoint) -> bool:
        return getattr(checkpoint, "stamp", None) is not None

    def get_witnesses(self, checkpoint: Checkpoint) -> list[str]:
        return [said.witness.name for said in checkpoint.testimonies.all() if said.agrees]


class ConsistencySerializer(serializers.Serializer[Any]):
    """The proof that a checkpoint's log begins with an earlier checkpoint's."""

    old_size = serializers.IntegerField()
    new_size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class TestimonyInput(serializers.Serializer[Any]):
    """What a witness signed: ``statement`` is JSON text, ``signature`` base64 over its bytes."""

    statement = serializers.CharField(max_length=2000, trim_whitespace=False)
    signature = serializers.CharField(max_length=120)


class TestimonySerializer(serializers.ModelSerializer[Testimony]):
    checkpoint = serializers.IntegerField(source="checkpoint.number", read_only=True)
    witness = serializers.CharField(source="witness.code", read_only=True)

    class Meta:
        model = Testimony
        fields = ["checkpoint", "witness", "agrees", "reason", "received_at"]
