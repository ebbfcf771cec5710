"""Lines of logs pushed over HTTP by programs. Source: OP-07."""

import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.common.errors import DomainError, InvalidInput
from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.gateway.throttling import ClientRateThrottle
from apps.journals.enums import Origin
from apps.journals.parsing import NAME_MAX
from apps.journals.permissions import SEND
from apps.journals.services import MOST_LINES, take_lines

MOST_BYTES = 2 * 2**20


class TooLarge(DomainError):
    """More than one call may bring."""

    status = 413
    code = "too_large"


class LinesParser(BaseParser):
    """JSON up to 2 MB, read no further."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge(_("一次上报不能超过 %(mb)d MB，请分批") % {"mb": MOST_BYTES // 2**20})
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error") from error


class LinesBody(serializers.Serializer[Any]):
    """A batch of lines."""

    host = serializers.CharField(max_length=NAME_MAX, help_text="未写明主机的日志所属主机")
    program = serializers.CharField(required=False, max_length=60, default="")
    batch = serializers.CharField(
        required=False, max_length=100, default="",
        help_text="批次编号；同一编号重发时，写明时间的日志只保存一次",
    )  # fmt: skip
    lines = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=MOST_LINES,
        help_text="一行文本（JSON、RFC 5424、通用访问日志），或含 text、level、at、program 的对象",
    )  # fmt: skip


class LinesAnswer(serializers.Serializer[Any]):
    """What became of a batch."""

    kept = serializers.IntegerField(help_text="新保存的条数")
    repeated = serializers.IntegerField(help_text="先前已保存的条数")
    refused = serializers.ListField(
        child=serializers.IntegerField(), help_text="无法读取的日志在批次中的序号，从 0 起"
    )


class LinesView(APIView):
    """Takes a batch of lines; what it answers as kept is kept for six months."""

    authentication_classes = [ApiKeyAuthentication, SignedRequestAuthentication]
    permission_classes = [IsAuthenticated, HasScope(SEND)]
    throttle_classes = [ClientRateThrottle]
    parser_classes = [LinesParser]

    @extend_schema(operation_id="journals_lines_push", request=LinesBody, responses=LinesAnswer)
    def post(self, request: Request) -> Response:
        body = LinesBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        lines = [line if isinstance(line, str | dict) else "" for line in said["lines"]]
        client = getattr(request.user, "pk", "")
        taken = take_lines(
            lines, origin=Origin.HTTP, host=said["host"], program=said["program"],
            batch=f"http:{client}:{said['batch']}" if said["batch"] else "",
        )  # fmt: skip
        answer = {"kept": taken.kept, "repeated": taken.repeated, "refused": list(taken.refused)}
        return Response(answer, status=422 if len(taken.refused) == len(lines) else 200)
