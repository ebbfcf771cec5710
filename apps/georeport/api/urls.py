from django.urls import path, re_path

from apps.georeport.api import views

app_name = "open311"

_FORM = r"\.(?P<form>xml|json)$"

# The form stands behind a dot, as the standard writes it.
urlpatterns = [
    re_path(r"^v2/$", views.HelpView.as_view(), name="root"),
    path("v2/help", views.HelpView.as_view(), name="help"),
    path("v2/openapi.json", views.DescriptionView.as_view(), name="description"),
    re_path(rf"^(?:v2/)?discovery{_FORM}", views.DiscoveryView.as_view(), name="discovery"),
    re_path(rf"^v2/services{_FORM}", views.ServicesView.as_view(), name="services"),
    re_path(
        rf"^v2/services/(?P<code>[A-Za-z0-9_-]{{1,40}}){_FORM}",
        views.DefinitionView.as_view(),
        name="definition",
    ),
    re_path(rf"^v2/requests{_FORM}", views.RequestsView.as_view(), name="requests"),
    re_path(
        rf"^v2/requests/(?P<number>[A-Za-z0-9_-]{{1,40}}){_FORM}",
        views.RequestView.as_view(),
        name="request",
    ),
    re_path(
        rf"^v2/tokens/(?P<token>[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}){_FORM}",
        views.TokenView.as_view(),
        name="token",
    ),
    re_path(rf"^v2/servicerequestupdates{_FORM}", views.UpdatesView.as_view(), name="updates"),
    re_path(r"^v2/bulk/requests\.(?P<form>csv|xml|json)$", views.BulkView.as_view(), name="bulk"),
]
