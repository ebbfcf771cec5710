"""Signing in, one's own account, its level and its devices (AC-04, AC-05)."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.parsers import JsonParser
from apps.residents import selectors, services
from apps.residents.api import serializers as shapes
from apps.residents.citizens import TOKEN, CitizenView, ClientView
from apps.residents.enums import CodePurpose


class CodesView(ClientView):
    """Sends a code by text message for its purpose; the answer is the same for every phone."""

    @extend_schema(
        request=shapes.CodeRequestSerializer,
        responses={202: shapes.CodeSentSerializer},
        operation_id="public_code_request",
        examples=[OpenApiExample("code", request_only=True, value={"phone": "13800000000"})],
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.CodeRequestSerializer, request)
        address = self.address(sent["citizen_address"])
        answer = services.request_code(
            self.client,
            phone=sent["phone"],
            address=address,
            purpose=CodePurpose(sent["purpose"]),
        )
        return Response(shapes.CodeSentSerializer(answer).data, status=202)


class SessionsView(ClientView):
    """Signs in by a code, or by a mini-program's code; gives the citizen's token once."""

    @extend_schema(
        request=shapes.SignInSerializer,
        responses={201: shapes.GrantedSerializer},
        operation_id="public_sign_in",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.SignInSerializer, request)
        more = {"device": sent["device"], "address": self.address(sent["citizen_address"])}
        if sent["mini_program_code"]:
            granted = services.sign_in_by_mini_program(
                self.client, code=sent["mini_program_code"], **more
            )
        else:
            granted = services.sign_in_by_code(
                self.client, phone=sent["phone"], code=sent["code"], **more
            )
        answer = {
            "token": granted.token,
            "expires_at": granted.session.expires_at,
            "is_new": granted.is_new,
            "level": granted.session.account.proofing_level,
        }
        return Response(shapes.GrantedSerializer(answer).data, status=201)


class MeView(CitizenView):
    """One's own account: read, state a name, close for good."""

    @extend_schema(responses=shapes.MeSerializer, parameters=[TOKEN], operation_id="public_me")
    def get(self, request: Request) -> Response:
        return self._me()

    @extend_schema(
        request=shapes.NameSerializer,
        responses=shapes.MeSerializer,
        parameters=[TOKEN],
        operation_id="public_me_name",
    )
    def patch(self, request: Request) -> Response:
        sent = _valid(shapes.NameSerializer, request)
        self.session.account = services.state_name(self.session, name=sent["name"])
        return self._me()

    @extend_schema(responses={204: None}, parameters=[TOKEN], operation_id="public_me_close")
    def delete(self, request: Request) -> Response:
        services.close_own_account(self.session)
        return Response(status=204)

    def _me(self) -> Response:
        found = shapes.me(self.session.account, selectors.acting_of(self.session))
        return Response(shapes.MeSerializer(found).data)


class RealNameView(CitizenView):
    """Has name and identity number confirmed: level 2."""

    @extend_schema(
        request=shapes.RealNameSerializer,
        responses=shapes.CheckSerializer,
        parameters=[TOKEN],
        operation_id="public_identity",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.RealNameSerializer, request)
        check = services.check_real_name(
            self.session, name=sent["name"], id_number=sent["id_number"]
        )
        return Response(shapes.CheckSerializer(check).data)


class FaceView(CitizenView):
    """Has a face compared: level 3. The picture is not kept."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": shapes.FaceSerializer},
        responses=shapes.CheckSerializer,
        parameters=[TOKEN],
        operation_id="public_identity_face",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.FaceSerializer, request)
        check = services.check_face(self.session, photo=sent["photo"])
        return Response(shapes.CheckSerializer(check).data)


class PhoneView(CitizenView):
    """Changes the telephone: a code to the new one, and a code to the old one or the face."""

    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        request=shapes.PhoneSerializer,
        responses=shapes.MeSerializer,
        parameters=[TOKEN],
        operation_id="public_phone",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.PhoneSerializer, request)
        self.session.account = services.change_phone(self.session, **sent)
        found = shapes.me(self.session.account, selectors.acting_of(self.session))
        return Response(shapes.MeSerializer(found).data)


class BindingsView(CitizenView):
    """Binds the mini-program's user to the account, so that the next sign-in needs no code."""

    @extend_schema(
        request=shapes.BindingSerializer,
        responses={201: shapes.BoundSerializer},
        parameters=[TOKEN],
        operation_id="public_bind",
    )
    def post(self, request: Request) -> Response:
        sent = _valid(shapes.BindingSerializer, request)
        bound = services.bind_mini_program(self.session, code=sent["mini_program_code"])
        return Response(shapes.BoundSerializer(bound).data, status=201)

    @extend_schema(responses={204: None}, parameters=[TOKEN], operation_id="public_unbind")
    def delete(self, request: Request) -> Response:
        services.unbind_mini_program(self.session)
        return Response(status=204)


class DevicesView(CitizenView):
    """Where the account is signed in now."""

    @extend_schema(
        responses=shapes.DeviceSerializer(many=True),
        parameters=[TOKEN],
        operation_id="public_devices",
    )
    def get(self, request: Request) -> Response:
        found = selectors.list_devices(self.session.account)
        rows = [shapes.device(one, self.session) for one in found]
        return Response(shapes.DeviceSerializer(rows, many=True).data)


class DeviceView(CitizenView):
    """Signs one device out; the own one too."""

    @extend_schema(responses={204: None}, parameters=[TOKEN], operation_id="public_device_end")
    def delete(self, request: Request, pk: int) -> Response:
        services.end_own_session(self.session, session_id=pk)
        return Response(status=204)


class ActingView(CitizenView):
    """For whom one may act, and does now."""

    @extend_schema(
        responses=shapes.ActingsSerializer, parameters=[TOKEN], operation_id="public_acting"
    )
    def get(self, request: Request) -> Response:
        return self._acting()

    @extend_schema(
        request=shapes.ActingChoiceSerializer,
        responses=shapes.ActingsSerializer,
        parameters=[TOKEN],
        operation_id="public_acting_choose",
    )
    def put(self, request: Request) -> Response:
        sent = _valid(shapes.ActingChoiceSerializer, request)
        wanted = sent["legal_person_id"]
        self.session.acting_for = services.choose_acting(
            self.session, legal_person_id=wanted
        ).acting_for
        return self._acting()

    def _acting(self) -> Response:
        current = selectors.acting_of(self.session)
        choices = selectors.acting_choices(self.session.account)
        answer = {
            "current": shapes.acting_data(current) if current else None,
            "choices": [shapes.acting_data(choice) for choice in choices],
        }
        return Response(shapes.ActingsSerializer(answer).data)


def _valid(shape: type[Any], request: Request) -> dict[str, Any]:
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    found: dict[str, Any] = wanted.validated_data
    return found
