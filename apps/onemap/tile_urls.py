from django.urls import path

from apps.onemap.tiles import export_views, views

app_name = "map-tiles"
urlpatterns = [
    path("exports/", export_views.export_list, name="export-list"),
    path("exports/<int:pk>/file", export_views.export_file, name="export-file"),
    path("style.json", views.style, name="style"),
    path("tiles/<slug:layer>.json", views.description, name="description"),
    path("tiles/<slug:layer>/legend.json", views.legend, name="legend"),
    path("tiles/<slug:layer>/style.json", views.layer_style, name="layer-style"),
    path("tiles/<slug:layer>/<str:z>/<str:x>/<str:y>.mvt", views.tile, name="tile"),
]
