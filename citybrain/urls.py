"""The URL root. Each app owns its own prefix and namespace."""

from django.contrib import admin
from django.urls import include, path

handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.forbidden"
handler404 = "apps.common.views.not_found"
handler500 = "apps.common.views.server_error"

urlpatterns = [
    path("", include("apps.common.urls")),
    # Reports come by the thousand, and the entries are tried in order.
    path("api/v1/", include("apps.hotline.api.urls")),
    path("accounts/", include("apps.accounts.entrance_urls")),
    path("console/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("audit/", include("apps.audit.urls")),
    path("map/", include("apps.onemap.sharing_urls")),
    path("personnel/", include("apps.personnel.urls")),
    path("scim/v2/", include("apps.personnel.scim.urls")),
    path("people/", include("apps.accounts.urls")),
    path("signon/", include("apps.signon.urls")),
    path("cas/", include("apps.signon.cas_urls")),
    path("", include("apps.signon.provider_urls")),
    path("places/", include("apps.places.urls")),
    path("assets/", include("apps.assets.urls")),
    path("devices/", include("apps.sensing.urls")),
    path("map/", include("apps.onemap.tile_urls")),
    path("clocks/", include("apps.clocks.urls")),
    path("rules/", include("apps.rules.urls")),
    path("notices/", include("apps.notices.urls")),
    path("connectors/", include("apps.gateway.connector_urls")),
    path("clients/", include("apps.gateway.client_urls")),
    path("services/", include("apps.gateway.service_urls")),
    path("ogc/", include("apps.ogc.urls")),
    path("evidence/", include("apps.evidence.urls")),
    path("geodata/", include("apps.geodata.urls")),
    path("cases/", include("apps.matters.urls")),
    path("matters/", include("apps.matters.studio_urls")),
    path("map/", include("apps.onemap.page_urls")),
    path("figures/", include("apps.figures.urls")),
    path("hotline/", include("apps.hotline.urls")),
    path("citizen/", include("apps.hotline.citizen.urls")),
    path("alarms/", include("apps.alarms.urls")),
    path("guides/", include("apps.guides.urls")),
    path("inspection/", include("apps.inspection.urls")),
    path("residents/", include("apps.residents.urls")),
    path("registry/", include("apps.registry.urls")),
    path("fieldwork/", include("apps.fieldwork.urls")),
    path("grid/", include("apps.grid.urls")),
    path("governance/", include("apps.governance.urls")),
    path("m/", include("apps.phone.urls")),
    path("demo/", include("apps.demo.urls")),
    path("api/", include("apps.gateway.urls")),
    path("api/v1/", include("apps.places.api.urls")),
    path("api/v1/", include("apps.onemap.api.urls")),
    path("api/v1/", include("apps.rules.api.urls")),
    path("api/v1/", include("apps.evidence.api.urls")),
    path("api/v1/public/", include("apps.residents.api.urls")),
    path("api/v1/", include("apps.registry.api.urls")),
    path("api/v1/", include("apps.matters.api.urls")),
    path("api/v1/", include("apps.guides.api.urls")),
    path("api/v1/", include("apps.inspection.api.urls")),
    path("api/v1/", include("apps.fieldwork.api.urls")),
    path("api/v1/", include("apps.grid.api.urls")),
    path("api/v1/", include("apps.sensing.api.urls")),
    path("", include("apps.portal.urls")),
]
