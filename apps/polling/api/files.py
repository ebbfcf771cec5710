"""Files of readings over HTTP: sent whole, worked through later. Source: IO-09."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.authentication import ApiKeyAuthentication, SignedRequestAuthentication
from apps.gateway.permissions import HasScope
from apps.polling import selectors, services
from apps.polling.enums import FileSource, FileState
from apps.polling.models import ReadingFile
from apps.sensing.permissions import SEND


class PlainParser(BaseParser):
    """The body as it comes, read piece by piece by the service."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return {"stream": stream}


class LinesParser(PlainParser):
    """The same for JSON lines."""

    media_type = "application/x-ndjson"


class FileAnswer(serializers.Serializer[Any]):
    """How far a file is."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(FileState.choices)
    lines = serializers.IntegerField(help_text="已处理行数")
    stored = serializers.IntegerField(help_text="新存入的值数")
    duplicates = serializers.IntegerField(help_text="先前已存入的值数")
    refused = serializers.IntegerField(help_text="未收的行数")
    error = serializers.CharField()


class _FilesApi(APIView):
    authentication_classes = [ApiKeyAuthentication, SignedRequestAuthentication]
    permission_classes = [IsAuthenticated, HasScope(SEND)]


class FilesView(_FilesApi):
    """Takes a file; the same file again is the same file."""

    parser_classes = [PlainParser, LinesParser]

    @extend_schema(
        operation_id="sensing_files_send",
        parameters=[OpenApiParameter("name", str, description="文件名，仅用于显示")],
        request={"text/csv": OpenApiTypes.BINARY, "application/x-ndjson": OpenApiTypes.BINARY},
        responses={202: FileAnswer},
    )
    def post(self, request: Request) -> Response:
        sender: Any = request.user
        file = services.take_file(
            sender,
            name=request.query_params.get("name", ""),
            source=FileSource.API,
            chunks=services.chunks_of(request.data["stream"]),
        )
        return Response(_told(file), status=202)


class FileView(_FilesApi):
    """How far a file of the caller is."""

    @extend_schema(operation_id="sensing_files_read", responses=FileAnswer)
    def get(self, request: Request, pk: int) -> Response:
        viewer: Any = request.user
        return Response(_told(selectors.get_file(viewer, pk=pk)))


def _told(file: ReadingFile) -> dict[str, Any]:
    return {"id": file.pk} | {
        name: getattr(file, name) for name in FileAnswer._declared_fields if name != "id"
    }
