"""What the media server asks of a link, and tells when it ends. Source: VD-03, VD-14."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.video import services
from apps.video.permissions import MEDIA_SCOPE


class PlayAnswer(serializers.Serializer[Any]):
    """What to open for a link, and what to draw over it."""

    camera = serializers.CharField(help_text="摄像机国标编码")
    kind = serializers.ChoiceField([("live", "实时"), ("record", "录像")])
    stream = serializers.CharField(help_text="视频源地址，含凭据，不得记录或转发")
    until = serializers.DateTimeField(help_text="到时须断开")
    since = serializers.DateTimeField(allow_null=True, help_text="录像起")
    to = serializers.DateTimeField(allow_null=True, help_text="录像止")


class PlayView(APIView):
    """One look, named by the key of its link."""

    authentication_classes = [ApiKeyAuthentication, SignedRequestAuthentication]
    permission_classes = [IsAuthenticated, HasScope(MEDIA_SCOPE)]

    @extend_schema(operation_id="video_play_admit", responses=PlayAnswer)
    def get(self, request: Request, key: str) -> Response:
        made, stream = services.admit(key)
        answer = {
            "camera": made.camera.gb_code, "kind": made.kind, "stream": stream.url,
            "until": made.until, "since": made.record_since, "to": made.record_until,
        }  # fmt: skip
        response = Response(PlayAnswer(answer).data)
        response["Cache-Control"] = "no-store"
        return response

    @extend_schema(operation_id="video_play_finish", request=None, responses={204: None})
    def post(self, request: Request, key: str) -> Response:
        services.finish(key)
        return Response(status=204)
