"""Signing on a device without a keyboard: the person types its code into their own browser."""

from typing import cast

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import DeviceAuthorizationView, DeviceCodeView
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from apps.accounts.models import User
from apps.signon import selectors, services
from apps.signon.enums import GrantKind
from apps.signon.services.grants import life
from apps.signon.standing import standing_of
from apps.signon.views import entering


class BeginDevice(DeviceCodeView):
    """Gives a device the code its person types elsewhere."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.POST.get("client_id"):  # in the address it would count for half
            return JsonResponse({"error": "invalid_request"}, status=400)
        return super().post(request, *args, **kwargs)


@method_decorator(csrf_protect, name="dispatch")
@method_decorator(login_required, name="dispatch")
class Device(DeviceAuthorizationView):
    """Lets a device in, as far as its application is meant for the person."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return super().dispatch(request, *args, **kwargs)

    def _dispatch_authorization(
        self, request: HttpRequest, user_code: str, device_code: str, client: Client
    ) -> HttpResponse:
        user = cast(User, request.user)
        application = selectors.find_live(client.pk)
        if application is None or not application.allows_device:
            raise Http404
        entering.require_meant(user, application)
        entering.require_level(request, user, application.minimum_level)
        answer = super()._dispatch_authorization(request, user_code, device_code, client)
        if request.method == "POST" and request.POST.get("action") == "confirm":
            services.open_grant(
                user,
                application=application,
                kind=GrantKind.DEVICE,
                secret=device_code,
                standing=standing_of(request, issuer=get_adapter().get_issuer()),
                lives=life(),
            )
        return answer
