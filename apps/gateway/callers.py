"""Which client a request comes from, once it was let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:  # the REST framework loads its renderers before there are models
    from apps.gateway.models import ApiClient


def client_of(request: HttpRequest) -> ApiClient | None:
    """Will give the client behind a request; None: a person, or nobody known."""
    from apps.gateway.models import ApiClient

    found = getattr(request, "gateway_client", None) or getattr(request, "auth", None)
    return found if isinstance(found, ApiClient) else None
