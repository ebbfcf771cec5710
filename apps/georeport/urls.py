from django.urls import path

from apps.georeport.views import peers, services

app_name = "georeport"

urlpatterns = [
    path("", services.service_list, name="service-list"),
    path("export/", services.service_export, name="service-export"),
    path("new/", services.service_edit, name="service-new"),
    path("<int:pk>/", services.service_edit, name="service-edit"),
    path("<int:pk>/open/", services.service_open, name="service-open"),
    path("usage/", services.usage, name="usage"),
    path("help/", services.explained, name="help"),
    path("reports/<int:pk>/", services.report_detail, name="report-detail"),
    path("peers/", peers.peer_list, name="peer-list"),
    path("peers/new/", peers.peer_edit, name="peer-new"),
    path("peers/<int:pk>/", peers.peer_detail, name="peer-detail"),
    path("peers/<int:pk>/edit/", peers.peer_edit, name="peer-edit"),
    path("peers/<int:pk>/pass-on/", peers.peer_pass_on, name="peer-pass-on"),
]
