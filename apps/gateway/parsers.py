"""Bodies of calls, read so that whatever is sent is answered."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser

from apps.common.errors import InvalidInput


class JsonParser(JSONParser):
    """JSON; lists in lists in lists are refused, where the framework would fail over them."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error") from error
