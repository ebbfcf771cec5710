"""Addresses of this app's pages."""

from django.urls import path

from apps.phone.views import api, office, pages

app_name = "phone"

urlpatterns = [
    path("sw.js", pages.service_worker, name="service-worker"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("icon-<int:size>.png", pages.icon, name="icon"),
    path("", pages.shell, {"name": "today"}, name="today"),
    path("report/", pages.shell, {"name": "report"}, name="report"),
    path("map/", pages.shell, {"name": "map"}, name="map"),
    path("outbox/", pages.shell, {"name": "outbox"}, name="outbox"),
    path("me/", pages.shell, {"name": "me"}, name="me"),
    path("look/", pages.shell, {"name": "look"}, name="look"),
    path("patrol/", pages.shell, {"name": "patrol"}, name="patrol"),
    path("survey/", pages.shell, {"name": "survey"}, name="survey"),
    path("visit/", pages.shell, {"name": "visit"}, name="visit"),
    path("file/", pages.shell, {"name": "file"}, name="file"),
    path("note/", pages.shell, {"name": "note"}, name="note"),
    path("repair/", pages.shell, {"name": "repair"}, name="repair"),
    path("api/me/", api.MeView.as_view(), name="api-me"),
    path("api/pack/", api.PackView.as_view(), name="api-pack"),
    path("api/deeds/", api.DeedsView.as_view(), name="api-deeds"),
    path("api/files/<str:sha256>/", api.PhotoView.as_view(), name="api-photo"),
    path("office/kept/", office.kept_list, name="kept-list"),
    path("office/kept/<int:pk>/", office.kept_detail, name="kept-detail"),
    path("office/kept/<int:pk>/photos/<int:place>/", office.kept_photo, name="kept-photo"),
]
