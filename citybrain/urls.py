"""The URL root. Each app owns its own prefix and namespace."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("people/", include("apps.accounts.urls")),
    path("places/", include("apps.places.urls")),
    path("rules/", include("apps.rules.urls")),
    path("notices/", include("apps.notices.urls")),
    path("cases/", include("apps.matters.urls")),
    path("hotline/", include("apps.hotline.urls")),
    path("demo/", include("apps.demo.urls")),
    path("api/", include("apps.gateway.urls")),
    path("api/v1/", include("apps.places.api.urls")),
    path("api/v1/", include("apps.matters.api.urls")),
    path("api/v1/", include("apps.hotline.api.urls")),
    path("", include("apps.portal.urls")),
]
