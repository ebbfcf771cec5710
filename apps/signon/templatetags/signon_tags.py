"""What the sign-in page asks: whether there is a platform above us to come in through."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.template.context import RequestContext
from django.urls import reverse

from apps.signon.upstream import is_configured

register = template.Library()


@dataclass(frozen=True)
class Entrance:
    """What the button says and where it leads."""

    name: str
    url: str


@register.simple_tag(takes_context=True)
def upstream_entrance(context: RequestContext) -> Entrance | None:
    """Will give the way in through the platform above us, None where there is none."""
    if not is_configured():
        return None
    wanted = context["request"].GET.get(REDIRECT_FIELD_NAME, "")
    query = f"?{urlencode({REDIRECT_FIELD_NAME: wanted})}" if wanted else ""
    return Entrance(settings.UPSTREAM_NAME, reverse("signon:upstream-login") + query)
