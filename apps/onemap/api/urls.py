from django.urls import path

from apps.onemap.api import tile_views

urlpatterns = [
    path("map/tiles/<slug:layer>.json", tile_views.DescriptionView.as_view(), name="api-map-tiles"),
    path(
        "map/tiles/<slug:layer>/<str:z>/<str:x>/<str:y>.mvt",
        tile_views.TileView.as_view(),
        name="api-map-tile",
    ),
]
