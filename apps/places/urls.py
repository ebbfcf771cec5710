from django.urls import path

from apps.places import views

app_name = "places"

urlpatterns = [
    path("", views.area_list, name="area-list"),
    path("<int:pk>/", views.area_detail, name="area-detail"),
    path("<int:pk>/cells/", views.area_cells, name="area-cells"),
    path("names/", views.gazetteer_search, name="gazetteer-search"),
    path("import/", views.import_upload, name="import-upload"),
    path("import/<int:pk>/", views.import_detail, name="import-detail"),
    path("import/<int:pk>/apply/", views.import_apply, name="import-apply"),
    path("map/base.json", views.base_map, name="base-map"),
]
