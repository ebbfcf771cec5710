from django.urls import path

from apps.onemap.tiles import views

app_name = "map-tiles"
urlpatterns = [
    path("tiles/<slug:layer>.json", views.description, name="description"),
    path("tiles/<slug:layer>/<str:z>/<str:x>/<str:y>.mvt", views.tile, name="tile"),
]
