"""Reports from other systems, and what helps them to report well (MT-13, HL-07, HL-08)."""

from typing import Any

from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Tenant, User
from apps.common import files
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.gateway.models import ApiClient
from apps.gateway.permissions import HasScope
from apps.hotline.api.own import as_citizen, progress_data
from apps.hotline.api.serializers import (
    DuplicateSerializer,
    MultipartReportSerializer,
    PlacedTextSerializer,
    ProgressSerializer,
    ProposalSerializer,
    ReceiptSerializer,
    ReportSerializer,
    TextSerializer,
)
from apps.hotline.models import Demand
from apps.hotline.selectors.drafts import require_tenant
from apps.hotline.selectors.duplicates import alike_cases
from apps.hotline.selectors.vocabulary import propose
from apps.hotline.services import Intake, register_demand
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.selectors import get_case, get_open_matter, require_usable
from apps.matters.services import NewFile, Outcome
from apps.residents.citizens import citizen_of
from apps.residents.enums import TOKEN_HEADER

REPORT, READ = HasScope("cases.report"), HasScope("cases.read")
# Made once: a serializer of its own for every report would copy all its fields each time.
REPORT_SHAPE = ReportSerializer()
KEY_SHORTEST, KEY_LONGEST = 8, 120
DUPLICATES_SHOWN = 3
FILES_MOST = 9
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="8-120 visible characters"
)
WITH = OpenApiParameter(
    "with",
    str,
    description="What to answer beside the receipt: duplicates, classes, or both with a comma",
)
CITIZEN = OpenApiParameter(
    TOKEN_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A citizen's token: name and phone are then those of the account",
)
_TEXT = "路口的井盖松动，车辆经过时声音很大，希望尽快处理。"
REPORT_EXAMPLE = OpenApiExample(
    "report",
    request_only=True,
    value={
        "text": _TEXT,
        "nature": "help",
        "lon": 120.012,
        "lat": 36.012,
        "address": "解放路与和平路路口",
        "reporter_phone": "13800000000",
    },
)
TEXT_EXAMPLE = OpenApiExample("text", request_only=True, value={"text": _TEXT})


class ReportView(APIView):
    """Takes a report; the same Idempotency-Key with the same report gives the same case."""

    permission_classes = [IsAuthenticated, REPORT]

    @extend_schema(
        request={
            "application/json": ReportSerializer,
            "multipart/form-data": MultipartReportSerializer,
        },
        responses={201: ReceiptSerializer, 200: ReceiptSerializer},
        parameters=[IDEMPOTENCY, WITH, CITIZEN],
        operation_id="demands_report",
        examples=[REPORT_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        tenant, who = _reporting_for(request)
        checked = REPORT_SHAPE.run_validation(request.data)
        intake = REPORT_SHAPE.intake(checked, source_key=_source_key(request, who))
        if (session := citizen_of(request)) is not None:
            intake = as_citizen(session, intake)
        actor: Any = request.user
        outcome = register_demand(actor, tenant=tenant, intake=intake, files=_files(request))
        if outcome.repeated:
            _require_same(outcome.case, intake)
        asked = set(request.query_params.get("with", "").split(","))
        return Response(
            _receipt(actor, tenant, outcome, intake, asked),
            status=200 if outcome.repeated else 201,
        )


class ProgressView(APIView):
    """How far a case is, in public words."""

    permission_classes = [IsAuthenticated, READ]

    @extend_schema(responses=ProgressSerializer, operation_id="demands_progress")
    def get(self, request: Request, number: str) -> Response:
        viewer: Any = request.user
        case = get_case(viewer, number=number, caller=request.auth)
        return Response(progress_data(case))


class ClassifyView(APIView):
    """Proposes classes for a text, the likeliest first, with the words that speak for them."""

    permission_classes = [IsAuthenticated, REPORT]

    @extend_schema(
        request=TextSerializer,
        responses=ProposalSerializer(many=True),
        operation_id="classify",
        examples=[TEXT_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        _reporting_for(request)
        wanted = TextSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        d = wanted.validated_data
        return Response(ProposalSerializer(propose(f"{d['title']} {d['text']}"), many=True).data)


class DuplicatesView(APIView):
    """Finds cases the caller may see that are likely about the same thing."""

    permission_classes = [IsAuthenticated, READ]

    @extend_schema(
        request=PlacedTextSerializer,
        responses=DuplicateSerializer(many=True),
        operation_id="duplicates",
        examples=[TEXT_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        tenant, _who = _reporting_for(request)
        wanted = PlacedTextSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        d = wanted.validated_data
        actor: Any = request.user
        found = alike_cases(
            actor,
            tenant=tenant,
            text=d["text"],
            title=d["title"],
            point=_point(d["lon"], d["lat"]),
            class_code=d["class_code"],
        )
        rows = [{"number": hit.number, "score": hit.score, "reasons": hit.reasons} for hit in found]
        return Response(DuplicateSerializer(rows, many=True).data)


def _reporting_for(request: Request) -> tuple[Tenant, str]:
    """The tenant a caller reports to, and the caller's name in source keys."""
    if isinstance(request.auth, ApiClient):
        require_usable(request.auth, get_open_matter(MATTER_TYPE))
        return request.auth.tenant, f"client:{request.auth.pk}"
    user = request.user
    if not isinstance(user, User) or not user.has_perm("hotline.register_demand"):
        raise NotAllowed(_("您没有登记诉求的权限"))
    return require_tenant(user), f"user:{user.pk}"


def _source_key(request: Request, who: str) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (KEY_SHORTEST <= len(key) <= KEY_LONGEST and key.isascii() and key.isprintable()):
        raise InvalidInput(_("Idempotency-Key 应为 8 至 120 个可见字符"), field="Idempotency-Key")
    return f"api:{who}:{key}"


def _files(request: Request) -> list[NewFile]:
    uploads = request.FILES.getlist("files") if request.FILES else []
    if len(uploads) > FILES_MOST:
        raise InvalidInput(_("附件最多%(most)s个") % {"most": FILES_MOST}, field="files")
    return [NewFile(files.store(upload), upload.name or "") for upload in uploads]


def _require_same(case: Case, intake: Intake) -> None:
    """A repeated key must repeat the report. Compared is what handling never changes.

    Text and title stay as reported for ever, so the case itself is the digest of the first
    request: nothing more has to be stored, and the key is good for ever, not for a day.
    """
    demand = Demand.objects.filter(case=case).first()
    same = (case.text, case.title, case.channel) == (
        intake.text.strip(),
        intake.title.strip(),
        intake.channel,
    )
    if demand is None or not same or demand.reporter_name != intake.reporter_name.strip():
        raise Refused(_("此幂等键已用于另一个不同的请求"), code="idempotency_key_reused")


def _receipt(
    actor: User, tenant: Tenant, outcome: Outcome, intake: Intake, asked: set[str]
) -> dict[str, Any]:
    case = outcome.case
    definition = definition_of(case.version_id, case.version.body)
    lon, lat = case.point.coords if case.point is not None else (None, None)
    found = []
    if "duplicates" in asked:
        found = alike_cases(
            actor,
            tenant=tenant,
            text=case.text,
            title=case.title,
            point=case.point,
            cell=case.area,
            class_code=case.class_code,
            without=case.pk,
            limit=DUPLICATES_SHOWN,
        )
    return {
        "number": case.number,
        "url": reverse("api-case-detail", kwargs={"number": case.number}),
        "progress_url": reverse("api-demand-progress", kwargs={"number": case.number}),
        "state": definition.state(case.state).public_label,
        "repeated": outcome.repeated,
        "place": {
            "area": case.area.code,
            "area_name": case.area.name,
            "lon": lon,
            "lat": lat,
        },
        "duplicates": [
            {"number": hit.number, "score": hit.score, "reasons": hit.reasons} for hit in found
        ],
        "class_proposals": [
            {"code": p.code, "label": p.label, "reasons": p.reasons}
            for p in (propose(f"{case.title} {case.text}") if "classes" in asked else [])
        ],
    }


def _point(lon: float | None, lat: float | None) -> Point | None:
    return None if lon is None or lat is None else Point(lon, lat, srid=4326)
