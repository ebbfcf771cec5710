"""The authorization endpoint: allauth's, with what a city needs asked first.

Before anybody is sent anywhere: the application must be live and the address registered, else
a page with status 400. PKCE with S256 for every client; nothing but the code flow. Then who it
is, how surely (``acr_values``, the application's own level), how lately (``max_age``,
``prompt``), and whether the application is meant for them. Source: AC-02, AC-03; RFC 9700.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.views import AuthorizationView
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.assurance.levels import level_of
from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.signon import selectors, services
from apps.signon.addresses import with_parameters
from apps.signon.enums import AccessMode, GrantKind, Protocol
from apps.signon.models import Application
from apps.signon.permissions import can_use
from apps.signon.standing import standing_of
from apps.signon.views import entering

_ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "prompt")
_CHALLENGE_LENGTH = 43  # of an unpadded base64url SHA-256


@method_decorator(never_cache, name="dispatch")
@method_decorator(csrf_exempt, name="dispatch")  # the parent checks the consent form itself
class Authorize(AuthorizationView):
    """Signs somebody on to an application, or says why not."""

    template_name = "signon/consent.html"
    application: Application
    address: str
    _key: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and "request" not in request.POST:
            return super().dispatch(request, *args, **kwargs)  # becomes a GET
        if request.method not in ("GET", "POST"):
            return self.http_method_not_allowed(request)
        self.application, self.address = known_client(request.GET)
        self._key = entering.key_of(request.GET)
        answer = self._refusal() or self._lead() or super().dispatch(request, *args, **kwargs)
        return self._finish(answer)

    def _refusal(self) -> HttpResponse | None:
        """What is wrong with the request itself, told to the application."""
        asked = self.request.GET
        for name in ("request", "request_uri"):
            if name in asked:
                return self._back(f"{name}_not_supported")
        if asked.get("response_type") != "code":
            return self._back("unsupported_response_type")
        if asked.get("response_mode", "query") != "query":
            return self._back("invalid_request", "Only response_mode=query is supported.")
        challenge = asked.get("code_challenge", "")
        if asked.get("code_challenge_method") != "S256" or len(challenge) != _CHALLENGE_LENGTH:
            return self._back("invalid_request", "PKCE with S256 is required.")
        prompts = self._prompts()
        if "none" in prompts and len(prompts) > 1:
            return self._back("invalid_request", "prompt=none stands alone.")
        if not _is_number(asked.get("max_age", "0")):
            return self._back("invalid_request", "max_age is not a number.")
        return None

    def _lead(self) -> HttpResponse | None:
        """Where somebody must go first: sign in, prove it again, prove more."""
        user = self.request.user
        silent = "none" in self._prompts()
        if not isinstance(user, User):
            if silent:
                return self._back("login_required")
            self._asks_fresh()
            return entering.to_login(self.request)
        if silent and self._is_stale():
            return self._back("login_required")
        if self.request.method == "GET" and (self._asks_fresh() or self._is_stale()):
            return entering.to_fresh_proof(self.request)
        if silent and not can_use(user, self.application):
            return self._back("access_denied")
        entering.require_meant(user, self.application)
        level = self._level()
        if silent and not entering.is_high_enough(self.request, level):
            return self._back("interaction_required", f"Level {level} is required.")
        entering.require_level(self.request, user, level)
        self._drop_login_prompt()
        return None

    def _level(self) -> int:
        asked = self.request.GET.get("acr_values", "").split()
        levels = [int(value) for value in asked if value in ("1", "2", "3", "4")]
        return max(self.application.minimum_level, min(levels, default=1))

    def _asks_fresh(self) -> bool:
        asked = self.request.GET
        if "login" not in self._prompts() and asked.get("max_age") != "0":
            return False
        return not entering.has_proved_since_asked(self.request, self._key)

    def _is_stale(self) -> bool:
        seconds = self.request.GET.get("max_age", "")
        newest = entering.newest_proof(level_of(self.request))
        if not seconds or seconds == "0":
            return False
        return newest is None or (clock.now() - newest).total_seconds() > int(seconds)

    def _drop_login_prompt(self) -> None:
        """Asked for and given: the parent must not ask again."""
        left = [p for p in self.request.GET.get("prompt", "").split() if p != "login"]
        query = QueryDict(mutable=True)
        query.update(self.request.GET)
        query["prompt"] = " ".join(left)
        if not left:
            del query["prompt"]
        self.request.GET = query
        self.request.META["QUERY_STRING"] = query.urlencode()

    def _prompts(self) -> set[str]:
        return set(self.request.GET.get("prompt", "").split())

    def _skip_consent(self) -> HttpResponse:
        if "consent" in self._prompts():
            return self.render_to_response(self.get_context_data())
        return super()._skip_consent()

    def form_valid(self, form: Any) -> HttpResponse:
        """The signed request of the form must be the one of the address."""
        info, asked = self._request_info, self.request.GET
        for name in ("client_id", "redirect_uri", "code_challenge", "code_challenge_method"):
            if info.get(name) != asked.get(name):
                raise InvalidInput(_("登录请求前后不一致，请从应用重新进入。"), field=name)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        scopes = [get_adapter().scope_display.get(name, name) for name in self._scopes]
        return super().get_context_data(**kwargs) | {
            "application": self.application,
            "scope_names": scopes,
        }

    def _finish(self, answer: HttpResponse) -> HttpResponse:
        """Notes a code that was given, and sends the browser on to the application."""
        location = answer.headers.get("Location", "")
        if answer.status_code != 302 or not location.startswith(self.address):
            if answer.status_code == 200 and getattr(answer, "template_name", None) is None:
                answer.status_code = 400  # allauth's error page
            return answer
        issuer = get_adapter().get_issuer()
        query = parse_qs(urlsplit(location).query)
        user = self.request.user
        if "code" in query and isinstance(user, User):
            entering.forget_asked(self.request, self._key)
            services.open_grant(
                user,
                application=self.application,
                kind=GrantKind.CODE,
                secret=query["code"][-1],
                standing=standing_of(self.request, issuer=issuer),
            )
        to = with_parameters(location, iss=issuer)
        return entering.hand_over(self.request, to, self.application)

    def _back(self, error: str, description: str = "") -> HttpResponse:
        state = self.request.GET.get("state", "")
        to = with_parameters(self.address, error=error, error_description=description, state=state)
        answer = HttpResponse(status=302)
        answer["Location"] = to
        return answer


def known_client(asked: QueryDict) -> tuple[Application, str]:
    """Will give the live application and its registered address that a request names.

    Raises: InvalidInput: whoever it is gets a page, and is sent nowhere.
    """
    if any(len(asked.getlist(name)) > 1 for name in _ONCE):
        raise InvalidInput(_("登录请求有重复的参数。"), field="redirect_uri")
    application = selectors.find_live(asked.get("client_id", "").replace("\x00", ""))
    if (
        application is None
        or application.mode != AccessMode.SSO
        or application.protocol != Protocol.OIDC
    ):
        raise InvalidInput(_("没有这个接入应用，或它没有上线。"), field="client_id")
    address = asked.get("redirect_uri", "")
    if address not in application.redirect_uris:
        raise InvalidInput(
            _("应用“%(name)s”没有登记这个回调地址。") % {"name": application.name},
            field="redirect_uri",
        )
    return application, address


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
