"""The ``Idempotency-Key`` header for REST views that change something. Source: MT-13."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.errors import InvalidInput
from apps.common.idempotency import once
from apps.gateway.models import ApiClient

MIN_KEY, MAX_KEY = 8, 200


class IdempotentMixin:
    """For a view: ``return self.answer_once(request, do, status=201)``."""

    def answer_once(
        self, request: Request, do: Callable[[], dict[str, Any]], *, status: int = 200
    ) -> Response:
        """Will run ``do`` and answer its result; a repeated key gets the first answer again.

        The key is optional, 8-200 visible characters, and belongs to the client (or user) and
        the address of the view. A repeat carries ``Idempotency-Replayed: true``. Runs ``do``
        in one transaction with the stored key; a refusal stores nothing.
        Raises: InvalidInput (the key); Refused ``idempotency_key_reused`` (another body).
        """
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return Response(do(), status=status)
        if not (MIN_KEY <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
            raise InvalidInput(
                _("Idempotency-Key 应为 8 至 200 个可见字符"), field="Idempotency-Key"
            )
        result, repeated = once(_scope(request), key, request_digest=_digest(request), do=do)
        response = Response(result, status=status)
        if repeated:
            response["Idempotency-Replayed"] = "true"
        return response


def _scope(request: Request) -> str:
    if isinstance(request.auth, ApiClient):
        return f"client:{request.auth.pk}"
    return f"user:{request.user.pk}"


def _digest(request: Request) -> str:
    """Says the same for the same values, whatever the order of the members; files by content."""
    chain = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    values = dict(data.lists()) if hasattr(data, "lists") else data
    files = set(request.FILES)
    plain = {k: v for k, v in values.items() if k not in files} if files else values
    chain.update(json.dumps(plain, sort_keys=True, cls=DjangoJSONEncoder).encode())
    for name in sorted(files):
        for file in request.FILES.getlist(name):
            chain.update(name.encode())
            for part in file.chunks():
                chain.update(part)
            file.seek(0)
    return chain.hexdigest()
