"""Groups, hot spots and topics for other systems, as their service account (TX-02, TX-03).

The same services and the same sight as the pages.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.gateway.permissions import HasScope
from apps.matters.selectors import get_case
from apps.voices import permissions, selectors, services
from apps.voices.api import serializers as shapes
from apps.voices.models import HotSpot, Topic, VoiceGroup

SPOT_DAYS = 30


def _viewer(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _reader(request: Request) -> User:
    viewer = _viewer(request)
    permissions.require_read(viewer)
    return viewer


def _topic_reader(request: Request) -> User:
    viewer = _viewer(request)
    permissions.require_read_topics(viewer)
    return viewer


def _sent(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    found: dict[str, Any] = wanted.validated_data
    return found


class GroupList(generics.ListAPIView[VoiceGroup]):
    """The groups whose main case the caller sees, newest first."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.GroupSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[VoiceGroup]:
        if getattr(self, "swagger_fake_view", False):
            return VoiceGroup.objects.none()
        return selectors.list_groups(_reader(self.request))


class GroupDetail(APIView):
    """One group with the voices the caller may see."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]

    @extend_schema(responses=shapes.GroupDetailSerializer, operation_id="voice_group_read")
    def get(self, request: Request, pk: int) -> Response:
        return _group(_reader(request), pk)


class GroupJoin(APIView):
    """Lets a case wait for the result of another; the same two again change nothing."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.JoinSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_join",
    )
    def post(self, request: Request) -> Response:
        viewer, sent = _reader(request), _sent(shapes.JoinSerializer, request)
        voice = services.join(
            viewer,
            case_id=get_case(viewer, number=sent["case"], caller=request.auth).pk,
            main_id=get_case(viewer, number=sent["main"], caller=request.auth).pk,
            reason=sent["reason"],
            answer=sent["answer"],
        )
        return _group(viewer, voice.group_id)


class VoiceLeave(APIView):
    """Undoes a merge: the case goes on by itself."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.LeaveSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_leave",
    )
    def post(self, request: Request, pk: int, voice_id: int) -> Response:
        viewer, sent = _reader(request), _sent(shapes.LeaveSerializer, request)
        selectors.get_group(viewer, pk=pk)
        services.leave(viewer, voice_id=voice_id, reason=sent["reason"])
        return _group(viewer, pk)


class GroupAnswer(APIView):
    """Writes the answer every voice is told; the same words again change nothing."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]

    @extend_schema(
        request=shapes.GroupAnswerSerializer,
        responses=shapes.GroupDetailSerializer,
        operation_id="voice_group_answer",
    )
    def put(self, request: Request, pk: int) -> Response:
        viewer, sent = _reader(request), _sent(shapes.GroupAnswerSerializer, request)
        services.save_answer(viewer, group_id=pk, text=sent["answer"])
        return _group(viewer, pk)


def _group(viewer: User, pk: int) -> Response:
    return Response(shapes.GroupDetailSerializer(selectors.get_group(viewer, pk=pk)).data)


class SpotList(generics.ListAPIView[HotSpot]):
    """The hot spots of the caller's areas found in the last 30 days."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.HotSpotSerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[HotSpot]:
        if getattr(self, "swagger_fake_view", False):
            return HotSpot.objects.none()
        since = clock.today() - timedelta(days=SPOT_DAYS)
        return selectors.list_spots(_reader(self.request), since=since)


class TopicList(generics.ListAPIView[Topic]):
    """The topics of the caller's areas and units, newest first."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]
    serializer_class = shapes.TopicSerializer
    filterset_class = shapes.TopicFilter

    def get_queryset(self) -> QuerySet[Topic]:
        if getattr(self, "swagger_fake_view", False):
            return Topic.objects.none()
        return selectors.list_topics(_topic_reader(self.request))


class TopicDetail(APIView):
    """One topic."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_READ)]

    @extend_schema(responses=shapes.TopicSerializer, operation_id="topic_read")
    def get(self, request: Request, pk: int) -> Response:
        return _topic(_topic_reader(request), pk)


class _TopicDeed(APIView):
    """One deed on a topic: the body's shape and the service that does it."""

    permission_classes = [IsAuthenticated, HasScope(permissions.API_KEEP)]
    shape: type[serializers.Serializer[Any]]
    deed: Callable[..., Topic]

    def post(self, request: Request, pk: int) -> Response:
        viewer = _topic_reader(request)
        topic = selectors.get_topic(viewer, pk=pk)
        sent = self.filled(topic, _sent(self.shape, request))
        type(self).deed(viewer, topic_id=pk, **sent)
        return _topic(viewer, pk)

    def filled(self, topic: Topic, sent: dict[str, Any]) -> dict[str, Any]:
        """Will give what the service takes."""
        return sent


@extend_schema(
    request=shapes.ConfirmSerializer,
    responses=shapes.TopicSerializer,
    operation_id="topic_confirm",
)
class TopicConfirm(_TopicDeed):
    """Says that this is a topic and who answers for it; the unit is told."""

    shape, deed = shapes.ConfirmSerializer, staticmethod(services.confirm_topic)

    def filled(self, topic: Topic, sent: dict[str, Any]) -> dict[str, Any]:
        unit = Organization.objects.filter(tenant_id=topic.tenant_id, code=sent["unit"]).first()
        if unit is None:
            raise InvalidInput(_("没有这个单位"), field="unit")
        return sent | {"unit": unit}


@extend_schema(
    request=shapes.DismissSerializer,
    responses=shapes.TopicSerializer,
    operation_id="topic_dismiss",
)
class TopicDismiss(_TopicDeed):
    """Says that this is none."""

    shape, deed = shapes.DismissSerializer, staticmethod(services.dismiss_topic)


@extend_schema(
    request=shapes.EarlySerializer, responses=shapes.TopicSerializer, operation_id="topic_early"
)
class TopicEarly(_TopicDeed):
    """Makes a case of it before more complain (未诉先办)."""

    shape, deed = shapes.EarlySerializer, staticmethod(services.make_case)


@extend_schema(
    request=shapes.CloseSerializer, responses=shapes.TopicSerializer, operation_id="topic_close"
)
class TopicClose(_TopicDeed):
    """Ends a topic that needed no case."""

    shape, deed = shapes.CloseSerializer, staticmethod(services.close_topic)


def _topic(viewer: User, pk: int) -> Response:
    return Response(shapes.TopicSerializer(selectors.get_topic(viewer, pk=pk)).data)
