"""Limits for citizen pages, which ask without an account."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class AnonymousPlacesThrottle(SimpleRateThrottle):
    """Will let one address ask 30 times a minute without an account; people signed in freely.

    Enough for a citizen who moves the pin about, too little to copy the gazetteer.
    """

    scope = "places-anonymous"
    rate = "30/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.user is not None and request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
