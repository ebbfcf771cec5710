"""The shapes of the public's interface. Limits with a reason are the services'."""

from typing import Any

from rest_framework import serializers

from apps.common.masking import mask_id_number, mask_name, mask_phone
from apps.residents import identity_numbers
from apps.residents.enums import CodePurpose
from apps.residents.models import Agency, LegalPerson, PublicAccount, PublicToken
from apps.residents.selectors import Acting


class CodeRequestSerializer(serializers.Serializer[Any]):
    """citizen_address: of the citizen's device, for the limits; the client answers for it.

    purpose: what the code is for; the message names it, and it is good for nothing else.
    """

    phone = serializers.CharField(max_length=40)
    purpose = serializers.ChoiceField(CodePurpose.choices, default=CodePurpose.SIGN_IN)
    citizen_address = serializers.IPAddressField(required=False, default=None, allow_null=True)


class CodeSentSerializer(serializers.Serializer[Any]):
    """Seconds."""

    expires_in = serializers.IntegerField()
    next_in = serializers.IntegerField()


class SignInSerializer(serializers.Serializer[Any]):
    """phone with code of a text message, or mini_program_code alone."""

    phone = serializers.CharField(max_length=40, required=False, default="")
    code = serializers.CharField(max_length=10, required=False, default="")
    mini_program_code = serializers.CharField(max_length=200, required=False, default="")
    device = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    citizen_address = serializers.IPAddressField(required=False, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["mini_program_code"]:
            return attrs
        missing = {name: "required" for name in ("phone", "code") if not attrs[name]}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs


class GrantedSerializer(serializers.Serializer[Any]):
    """token: shown once."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    is_new = serializers.BooleanField()
    level = serializers.IntegerField(min_value=1, max_value=3)


class LegalPersonSerializer(serializers.ModelSerializer[LegalPerson]):
    """A legal person as its representative sees it."""

    class Meta:
        model = LegalPerson
        fields = ("id", "name", "credit_code", "state", "state_reason", "claimed_at")
        read_only_fields = ("id", "state", "state_reason", "claimed_at")
        extra_kwargs = {"credit_code": {"max_length": 40}}


class ActingSerializer(serializers.Serializer[Any]):
    """A legal person one may act for. matters: ``*`` for its representative."""

    legal_person_id = serializers.IntegerField()
    name = serializers.CharField()
    as_representative = serializers.BooleanField()
    matters = serializers.ListField(child=serializers.CharField())
    until_on = serializers.DateField(allow_null=True)


class ActingChoiceSerializer(serializers.Serializer[Any]):
    """legal_person_id: null for oneself."""

    legal_person_id = serializers.IntegerField(allow_null=True)


class ActingsSerializer(serializers.Serializer[Any]):
    current = ActingSerializer(allow_null=True)
    choices = ActingSerializer(many=True)


class MeSerializer(serializers.Serializer[Any]):
    """One's own account; name, phone and number masked: a telephone lies about."""

    id = serializers.IntegerField()
    phone = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    id_number = serializers.CharField(allow_blank=True)
    level = serializers.IntegerField(min_value=1, max_value=3)
    method = serializers.CharField()
    proofed_at = serializers.DateTimeField()
    acting = ActingSerializer(allow_null=True)


class NameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)


class RealNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    id_number = serializers.CharField(max_length=40)


class FaceSerializer(serializers.Serializer[Any]):
    photo = serializers.FileField()


class PhoneSerializer(serializers.Serializer[Any]):
    """code: sent to the new phone. old_code: sent to the present one; or photo: of the face."""

    phone = serializers.CharField(max_length=40)
    code = serializers.CharField(max_length=10)
    old_code = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)
    photo = serializers.FileField(required=False, default=None, allow_null=True)


class CheckSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField()
    level = serializers.IntegerField(source="level_after")
    checked_at = serializers.DateTimeField()


class BindingSerializer(serializers.Serializer[Any]):
    mini_program_code = serializers.CharField(max_length=200)


class BoundSerializer(serializers.Serializer[Any]):
    bound_at = serializers.DateTimeField()


class DeviceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    device = serializers.CharField()
    client = serializers.CharField(source="client.name")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class OfferSerializer(serializers.Serializer[Any]):
    """What an agent shall do. matters: codes of matters, or ``*``."""

    legal_person_id = serializers.IntegerField()
    agent_phone = serializers.CharField(max_length=40)
    matters = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=50
    )
    from_on = serializers.DateField()
    until_on = serializers.DateField()


class AgencySerializer(serializers.ModelSerializer[Agency]):
    """An agency as either side sees it; the other side's person masked."""

    legal_person = serializers.CharField(source="legal_person.name", read_only=True)
    agent_phone = serializers.SerializerMethodField()
    agent_name = serializers.SerializerMethodField()
    is_in_force = serializers.SerializerMethodField()

    class Meta:
        model = Agency
        fields = (
            "id",
            "legal_person_id",
            "legal_person",
            "agent_phone",
            "agent_name",
            "matters",
            "from_on",
            "until_on",
            "state",
            "is_in_force",
            "revoke_reason",
        )

    def get_agent_phone(self, agency: Agency) -> str:
        return mask_phone(agency.agent_phone)

    def get_agent_name(self, agency: Agency) -> str:
        return mask_name(agency.agent.name) if agency.agent else ""

    def get_is_in_force(self, agency: Agency) -> bool:
        return agency.is_in_force()


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


def me(account: PublicAccount, acting: Acting | None) -> dict[str, Any]:
    """Will give an account in the shape of ``MeSerializer``."""
    return {
        "id": account.pk,
        "phone": mask_phone(account.phone),
        "name": mask_name(account.name),
        "id_number": mask_id_number(identity_numbers.unseal(account.identity_sealed)),
        "level": account.proofing_level,
        "method": account.proofing_method,
        "proofed_at": account.proofed_at,
        "acting": acting_data(acting) if acting else None,
    }


def acting_data(acting: Acting) -> dict[str, Any]:
    """Will give a choice in the shape of ``ActingSerializer``."""
    matters = sorted({code for one in acting.agencies for code in one.matters})
    return {
        "legal_person_id": acting.legal_person.pk,
        "name": acting.legal_person.name,
        "as_representative": acting.is_representative,
        "matters": matters if acting.agencies else ["*"],
        "until_on": max((one.until_on for one in acting.agencies), default=None),
    }


def device(session: PublicToken, current: PublicToken) -> dict[str, Any]:
    """Will give a session in the shape of ``DeviceSerializer``."""
    return {
        "id": session.pk,
        "device": session.device,
        "client": session.client,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "is_current": session.pk == current.pk,
    }
