from django.urls import path

from apps.onemap.sharing.views import cards, outside, requests

app_name = "sharing"

urlpatterns = [
    path("cards/", cards.card_list, name="card-list"),
    path("cards/<slug:code>/", cards.card_edit, name="card-edit"),
    path("freshness.json", cards.freshness, name="freshness"),
    path("requests/", requests.request_list, name="request-list"),
    path("requests/new/", requests.request_new, name="request-new"),
    path("requests/<int:pk>/", requests.request_detail, name="request-detail"),
    path("requests/<int:pk>/<slug:deed>/", requests.request_deed, name="request-deed"),
    path("services.json", outside.service_index, name="service-index"),
    path("services/", outside.service_list, name="service-list"),
    path("services/new/", outside.service_new, name="service-new"),
    path("services/<int:pk>/", outside.service_detail, name="service-detail"),
    path("services/<int:pk>/edit/", outside.service_edit, name="service-edit"),
    path("services/<int:pk>/<slug:deed>/", outside.service_deed, name="service-deed"),
    path("services/<slug:code>/<int:z>/<int:x>/<int:y>", outside.service_tile, name="service-tile"),
]
