from django.urls import path

from apps.districts.views import links, peers

app_name = "districts"

urlpatterns = [
    path("", links.overview, name="overview"),
    path("links/", links.link_list, name="link-list"),
    path("links/new/", links.link_edit, name="link-new"),
    path("links/<int:pk>/", links.link_detail, name="link-detail"),
    path("links/<int:pk>/edit/", links.link_edit, name="link-edit"),
    path("links/<int:pk>/<slug:deed>/", links.link_deed, name="link-deed"),
    path("streams/<int:pk>/", links.stream_edit, name="stream-edit"),
    path("streams/<int:pk>/<slug:deed>/", links.stream_deed, name="stream-deed"),
    path("received/", links.received, name="received"),
    path("peers/", peers.peer_list, name="peer-list"),
    path("peers/new/", peers.peer_edit, name="peer-new"),
    path("peers/<int:pk>/", peers.peer_detail, name="peer-detail"),
    path("peers/<int:pk>/edit/", peers.peer_edit, name="peer-edit"),
    path("peers/<int:pk>/export/", peers.peer_export, name="peer-export"),
]
