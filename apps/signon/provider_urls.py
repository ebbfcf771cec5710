"""The endpoints of the OpenID Connect provider, under the names allauth builds links with."""

from allauth.idp.oidc import views as provider
from django.urls import include, path

from apps.signon.views.authorization import Authorize
from apps.signon.views.devices import BeginDevice, Device
from apps.signon.views.leaving import Leave
from apps.signon.views.tokens import Exchange, Revoke, readable

_endpoints = [
    path(".well-known/openid-configuration", provider.configuration, name="configuration"),
    path(".well-known/jwks.json", provider.jwks, name="jwks"),
    path("identity/o/authorize", Authorize.as_view(), name="authorization"),
    path("identity/o/device", Device.as_view(), name="device_authorization"),
    path("identity/o/logout", Leave.as_view(), name="logout"),
    path("identity/o/api/token", readable(Exchange.as_view()), name="token"),
    path("identity/o/api/revoke", readable(Revoke.as_view()), name="revoke"),
    path("identity/o/api/introspect", readable(provider.introspect), name="introspect"),
    path("identity/o/api/userinfo", readable(provider.user_info), name="userinfo"),
    path("identity/o/api/device/code", readable(BeginDevice.as_view()), name="device_code"),
]

app_name = "idp"
urlpatterns = [path("", include((_endpoints, "oidc")))]
