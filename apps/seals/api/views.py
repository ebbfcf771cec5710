"""Seals for programs: ask, look, fetch the sealed copy; verifying is open to everybody.

A client acts with the posts of its service account: what it may ask for is granted to those
posts as to people's, and a person approves. Source: ES-02, ES-07.
"""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.assurance import demands
from apps.accounts.assurance.levels import level_of
from apps.audit.middleware import client_address
from apps.common import files, ratelimit
from apps.common.errors import InvalidInput, NotFound
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.seals import permissions, selectors, services
from apps.seals.api.resources import USE
from apps.seals.enums import SignedForm, UseState
from apps.seals.forms import wanted_of_json
from apps.seals.models import Seal, SealUse
from apps.seals.services import NewUse

TRIES_PER_MINUTE = 20


class UseInput(serializers.Serializer[Any]):
    """A request to seal. seals: a JSON list of {code, rule, page, x_mm, y_mm, keyword}."""

    file = serializers.FileField(
        help_text="PDF, picture, office file; JSON or text for cms and jws"
    )
    form = serializers.ChoiceField(
        SignedForm.choices, required=False, default=SignedForm.PDF,
        help_text="pdf, ofd: seals on pages; cms, jws: a detached signature beside the data",
    )  # fmt: skip
    title = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=200)
    seals = serializers.CharField(max_length=4000, help_text="JSON")
    matter = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    case_number = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    key = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class UseAnswer(serializers.Serializer[Any]):
    """How far a request is."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    form = serializers.ChoiceField(SignedForm.choices)
    state = serializers.ChoiceField(UseState.choices)
    digest = serializers.CharField(help_text="SHA-256 of the document handed in")
    sealed_digest = serializers.CharField(help_text="SHA-256 of the sealed copy")
    code = serializers.CharField(help_text="verification code")
    failure = serializers.CharField()


class SealAnswer(serializers.ModelSerializer[Seal]):
    """A seal the caller's posts may ask for."""

    unit = serializers.CharField(source="unit_name")

    class Meta:
        model = Seal
        fields = ["code", "name", "unit", "algorithm", "level", "width_mm", "height_mm"]
        read_only_fields = fields


class VerifyInput(serializers.Serializer[Any]):
    """A sealed document, or a record with its signature; nothing of it is kept."""

    file = serializers.FileField(help_text="sealed PDF or OFD, or the record")
    signature = serializers.FileField(
        required=False, help_text="of a record: CMS (.p7s) or JWS (.jws)"
    )


class SealVerdict(serializers.Serializer[Any]):
    """The verdict on one seal."""

    seal_name = serializers.CharField()
    seal_code = serializers.CharField()
    unit = serializers.CharField()
    serial = serializers.CharField()
    algorithm = serializers.CharField()
    is_intact = serializers.BooleanField()
    is_genuine = serializers.BooleanField()
    is_trusted = serializers.BooleanField()
    is_stamped = serializers.BooleanField()
    is_revoked = serializers.BooleanField()
    is_good = serializers.BooleanField()
    covers = serializers.CharField(help_text="whole, later or altered")
    level = serializers.CharField(help_text="B, T, LT or LTA (ETSI EN 319 142-1)")
    at = serializers.DateTimeField(allow_null=True)
    not_after = serializers.DateTimeField()
    state_then = serializers.CharField()
    state_now = serializers.CharField()


class VerifyAnswer(serializers.Serializer[Any]):
    """The verdict on a document."""

    digest = serializers.CharField()
    is_good = serializers.BooleanField()
    number = serializers.CharField(help_text="of the request it came from, empty if not ours")
    seals = SealVerdict(many=True)


class CodeAnswer(serializers.Serializer[Any]):
    """What a verification code stands for."""

    number = serializers.CharField()
    unit = serializers.CharField()
    sealed_at = serializers.DateTimeField()
    digest = serializers.CharField()
    sealed_digest = serializers.CharField()
    seals = serializers.ListField(child=serializers.DictField())


class _UsesApi(APIView):
    permission_classes = [IsAuthenticated, HasScope(USE)]


class SealsView(_UsesApi):
    """The seals in use that the caller's posts were granted."""

    @extend_schema(operation_id="seals_list", responses=SealAnswer(many=True))
    def get(self, request: Request) -> Response:
        viewer: Any = request.user
        permissions.require_right(viewer, permissions.USE)
        return Response(SealAnswer(selectors.usable_seals(viewer), many=True).data)


class UsesView(_UsesApi):
    """Takes a document to be sealed; the same key is the same request."""

    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="seals_uses_ask", request={"multipart/form-data": UseInput},
        responses={201: UseAnswer},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        actor: Any = request.user
        permissions.require_right(actor, permissions.USE)
        demands.require(request, "seal.use")
        given = UseInput(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        try:
            wanted = wanted_of_json(told["seals"], actor)
        except forms.ValidationError as error:
            raise InvalidInput(error.message, field="seals") from error
        use = services.ask_use(
            actor,
            new=NewUse(
                title=told["title"], document=services.take(told["file"], told["form"]),
                form=told["form"], reason=told["reason"], wanted=wanted, matter=told["matter"],
                case_number=told["case_number"], key=told["key"], level=_level(request),
                hands_in=True,
            ),
        )  # fmt: skip
        if use.state == UseState.DRAFT:
            use = services.submit_use(actor, use_id=use.pk)
        return Response(_told(use), status=201)


class UseView(_UsesApi):
    """How far a request is."""

    @extend_schema(operation_id="seals_uses_read", responses=UseAnswer)
    def get(self, request: Request, pk: int) -> Response:
        viewer: Any = request.user
        return Response(_told(selectors.get_use(viewer, pk=pk)))


class UseFileView(_UsesApi):
    """The sealed copy; of a record its signature."""

    @extend_schema(
        operation_id="seals_uses_file",
        responses={
            (200, "application/pdf"): OpenApiTypes.BINARY,
            (200, "application/pkcs7-signature"): OpenApiTypes.BINARY,
            (200, "application/jose"): OpenApiTypes.BINARY,
            (200, "application/ofd"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        viewer: Any = request.user
        use = selectors.get_use(viewer, pk=pk)
        if use.sealed is None:
            raise NotFound("还没有盖章文件")
        return files.file_response(use.sealed, download_name=use.title)


class VerifyView(APIView):
    """Judges the seals of a document; open to everybody."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(
        operation_id="seals_verify", request={"multipart/form-data": VerifyInput},
        responses=VerifyAnswer,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        _limit(request)
        given = VerifyInput(data=request.data)
        given.is_valid(raise_exception=True)
        upload, beside = given.validated_data["file"], given.validated_data.get("signature")
        found = services.verify_record(upload, beside) if beside else services.verify_upload(upload)
        return Response(
            {
                "digest": found.digest,
                "is_good": found.is_good,
                "number": found.use.number if found.use else "",
                "seals": SealVerdict(found.verdicts, many=True).data,
            }
        )


class VerifyCodeView(APIView):
    """What a verification code stands for; open to everybody."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(operation_id="seals_verify_code", responses=CodeAnswer)
    def get(self, request: Request, code: str) -> Response:
        _limit(request)
        use = services.find_by_code(code)
        return Response(
            {
                "number": use.number,
                "unit": use.unit.name,
                "sealed_at": use.sealed_at,
                "digest": use.digest,
                "sealed_digest": use.sealed_digest,
                "seals": [
                    {
                        "name": each["seal"].name,
                        "code": each["seal"].code,
                        "serial": each["issue"].serial,
                        "state_then": each["state_then"],
                        "state_now": each["state_now"],
                    }
                    for each in services.seals_of(use)
                ],
            }
        )


def _told(use: SealUse) -> dict[str, Any]:
    return {"id": use.pk} | {
        name: getattr(use, name) for name in UseAnswer._declared_fields if name != "id"
    }


def _level(request: Request) -> int:
    """A client's key is no sign-on of a person; it counts as none."""
    return 0 if isinstance(request.auth, ApiClient) else level_of(request._request).level


def _limit(request: Request) -> None:
    address = client_address(request._request) or ""
    ratelimit.hit("seals.verify", address, limit=TRIES_PER_MINUTE, per_seconds=60)
