"""Answers to clients: personal data covered on the way out, whatever view made them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer

from apps.gateway.callers import client_of


class MaskedJSONRenderer(JSONRenderer):
    """Covers what the client was not granted; people with a session see what their page shows.

    Stands at the end of every view, so that none can forget it. What was covered and what went
    out as it is stays with the request, for the record of the call.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        request = (renderer_context or {}).get("request")
        client = client_of(request._request) if request is not None else None
        if client is not None and request is not None and data is not None:
            from apps.gateway.enums import PersonalField
            from apps.gateway.payloads import Masker
            from apps.gateway.registry import resource_of

            resource = resource_of(request.path)
            if resource is not None and resource.is_exact:
                return bytes(super().render(data, accepted_media_type, renderer_context))
            places = resource is not None and PersonalField.ADDRESS in resource.personal
            masker = Masker(client.clear_now, places=places)
            data = masker(data)
            request._request.gateway_masker = masker
        answer: bytes = super().render(data, accepted_media_type, renderer_context)
        return answer
