"""Legal persons and agencies, by their representatives and agents (AC-04)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.residents import selectors, services
from apps.residents.api import serializers as shapes
from apps.residents.citizens import TOKEN, CitizenView
from apps.residents.models import Agency

SHOWN_MOST = 200


class LegalPersonsView(CitizenView):
    """The legal persons one represents; a new one waits for the office."""

    @extend_schema(
        responses=shapes.LegalPersonSerializer(many=True),
        parameters=[TOKEN],
        operation_id="public_legal_persons",
    )
    def get(self, request: Request) -> Response:
        found = selectors.list_own_persons(self.session.account)[:SHOWN_MOST]
        return Response(shapes.LegalPersonSerializer(found, many=True).data)

    @extend_schema(
        request=shapes.LegalPersonSerializer,
        responses={201: shapes.LegalPersonSerializer},
        parameters=[TOKEN],
        operation_id="public_legal_person_claim",
    )
    def post(self, request: Request) -> Response:
        wanted = shapes.LegalPersonSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        sent = wanted.validated_data
        person = services.claim_legal_person(
            self.session, name=sent["name"], credit_code=sent["credit_code"]
        )
        return Response(shapes.LegalPersonSerializer(person).data, status=201)


class AgenciesView(CitizenView):
    """The agencies one gave, was offered, or holds; and a new offer."""

    @extend_schema(
        responses=shapes.AgencySerializer(many=True),
        parameters=[TOKEN],
        operation_id="public_agencies",
    )
    def get(self, request: Request) -> Response:
        found = selectors.list_own_agencies(self.session.account)[:SHOWN_MOST]
        return Response(shapes.AgencySerializer(found, many=True).data)

    @extend_schema(
        request=shapes.OfferSerializer,
        responses={201: shapes.AgencySerializer},
        parameters=[TOKEN],
        operation_id="public_agency_offer",
    )
    def post(self, request: Request) -> Response:
        wanted = shapes.OfferSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        sent = dict(wanted.validated_data)
        legal_person_id = sent.pop("legal_person_id")
        agency = services.offer_agency(
            self.session, legal_person_id=legal_person_id, offer=services.Offer(**sent)
        )
        return _agency(agency, status=201)


class AcceptView(CitizenView):
    """Takes an offer made to one's phone."""

    @extend_schema(
        request=None,
        responses=shapes.AgencySerializer,
        parameters=[TOKEN],
        operation_id="public_agency_accept",
    )
    def post(self, request: Request, pk: int) -> Response:
        return _agency(services.accept_agency(self.session, agency_id=pk))


class DeclineView(CitizenView):
    """Turns an offer down."""

    @extend_schema(
        request=None,
        responses=shapes.AgencySerializer,
        parameters=[TOKEN],
        operation_id="public_agency_decline",
    )
    def post(self, request: Request, pk: int) -> Response:
        return _agency(services.decline_agency(self.session, agency_id=pk))


class RevokeView(CitizenView):
    """Ends an agency: by the representative, or by the agent."""

    @extend_schema(
        request=shapes.ReasonSerializer,
        responses=shapes.AgencySerializer,
        parameters=[TOKEN],
        operation_id="public_agency_revoke",
    )
    def post(self, request: Request, pk: int) -> Response:
        wanted = shapes.ReasonSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        reason = wanted.validated_data["reason"]
        return _agency(services.revoke_agency(self.session, agency_id=pk, reason=reason))


def _agency(agency: Agency, **more: Any) -> Response:
    return Response(shapes.AgencySerializer(agency).data, **more)
