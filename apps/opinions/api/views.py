"""Citizens' programs: read what is asked, write, answer, propose, support (PT-08, PT-11).

Behind a client with the scope of public accounts; whatever is written is of the citizen whose
token comes along, by the account's telephone.
"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.api.pagination import NewestFirstCursorPagination
from apps.common.errors import InvalidInput
from apps.opinions import selectors, services
from apps.opinions.api import serializers as shapes
from apps.opinions.participants import Participant, by_phone
from apps.residents.citizens import TOKEN, CitizenView, ClientView
from apps.residents.models import PublicToken

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="1-60 characters"
)
KEY_LONGEST = 60


class CollectionsView(ClientView):
    """What the city asks about, open ones first."""

    @extend_schema(
        responses=shapes.CollectionSerializer(many=True), operation_id="public_collections"
    )
    def get(self, request: Request) -> Response:
        found = selectors.list_public_collections(self.client.tenant)[:100]
        return Response(shapes.CollectionSerializer(found, many=True).data)


class OpinionsView(CitizenView):
    """An opinion, once per key."""

    @extend_schema(
        request=shapes.OpinionSerializer,
        responses={201: shapes.OpinionSerializer},
        parameters=[TOKEN, IDEMPOTENCY],
        operation_id="public_opinion_write",
    )
    def post(self, request: Request, pk: int) -> Response:
        sent = _valid(shapes.OpinionSerializer, request)
        row, repeated = services.write_opinion(
            collection=selectors.get_public_collection(self.client.tenant, pk),
            said=services.Said(sent["text"], _key(request, self.session), name=sent["name"]),
            person=_person(self.session),
            address=_address(self.session),
        )
        told = {"id": row.pk, "repeated": repeated}
        return Response(shapes.OpinionSerializer(told).data, status=201)


class SurveysView(ClientView):
    """The surveys open today."""

    @extend_schema(responses=shapes.SurveySerializer(many=True), operation_id="public_surveys")
    def get(self, request: Request) -> Response:
        found = selectors.list_public_surveys(self.client.tenant)[:100]
        return Response(shapes.SurveySerializer(found, many=True).data)


class SurveyView(CitizenView):
    """The answers of the account's telephone, kept once."""

    @extend_schema(
        request=shapes.AnswersSerializer,
        responses={200: shapes.AnswersSerializer},
        parameters=[TOKEN],
        operation_id="public_survey_answer",
    )
    def put(self, request: Request, pk: int) -> Response:
        sent = _valid(shapes.AnswersSerializer, request)
        respondent = services.by_person(_person(self.session))
        begun = selectors.answer_of(pk, respondent.key)
        version = selectors.version_for(self.client.tenant, pk)
        row = services.save_answer(
            version=begun.version if begun is not None else version,
            respondent=respondent,
            data=sent["answers"],
            is_done=sent["is_done"],
            address=_address(self.session),
        )
        return Response({"answers": row.data, "is_done": row.is_done})


class IdeasView(CitizenView):
    """The board, newest first, and a new idea."""

    @extend_schema(
        responses=shapes.IdeaSerializer(many=True), parameters=[TOKEN], operation_id="public_ideas"
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirstCursorPagination()
        found = selectors.list_public_ideas(self.client.tenant)
        rows = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(shapes.IdeaSerializer(rows or [], many=True).data)

    @extend_schema(
        request=shapes.IdeaSerializer,
        responses={201: shapes.IdeaSerializer},
        parameters=[TOKEN, IDEMPOTENCY],
        operation_id="public_idea_submit",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.IdeaSerializer, request)
        idea = services.submit_idea(
            tenant=self.client.tenant,
            title=sent["title"],
            text=sent["text"],
            source_key=_key(request, self.session),
            person=_person(self.session),
            address=_address(self.session),
        )
        return Response(shapes.IdeaSerializer(idea).data, status=201)


class VoteView(CitizenView):
    """The support of the account's telephone, once."""

    @extend_schema(
        request=None,
        responses={200: shapes.IdeaSerializer},
        parameters=[TOKEN],
        operation_id="public_idea_vote",
    )
    def post(self, request: Request, pk: int) -> Response:
        idea = services.vote(
            tenant=self.client.tenant,
            idea_id=pk,
            person=_person(self.session),
            address=_address(self.session),
        )
        return Response(shapes.IdeaSerializer(idea).data)


def _person(session: PublicToken) -> Participant:
    return by_phone(session.account.tenant_id, session.account.phone)


def _address(session: PublicToken) -> str:
    """A program speaks for many from one address; each account is limited by itself."""
    return f"account:{session.account_id}"


def _key(request: Request, session: PublicToken) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > KEY_LONGEST:
        raise InvalidInput("1-60 characters expected", field="Idempotency-Key")
    return f"api:{session.account_id}:{key}"


def _valid(shape: type[Any], request: Request) -> dict[str, Any]:
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    found: dict[str, Any] = wanted.validated_data
    return found
