from django.urls import path

from apps.places.views import areas, library, names_files, trying, unplaced

app_name = "places"

urlpatterns = [
    path("", areas.area_list, name="area-list"),
    path("<int:pk>/", areas.area_detail, name="area-detail"),
    path("<int:pk>/cells/", areas.area_cells, name="area-cells"),
    path("names/", library.gazetteer_search, name="gazetteer-search"),
    path("names/new/", library.entry_add, name="entry-add"),
    path("names/export/", names_files.names_export, name="names-export"),
    path("names/import/", names_files.names_upload, name="names-upload"),
    path("names/import/<int:pk>/", names_files.names_import, name="names-import"),
    path("names/import/<int:pk>/errors/", names_files.names_errors, name="names-errors"),
    path("names/import/<int:pk>/apply/", names_files.names_apply, name="names-apply"),
    path("names/<int:pk>/", library.entry_detail, name="entry-detail"),
    path("names/<int:pk>/correct/", library.entry_correct, name="entry-correct"),
    path("names/<int:pk>/close/", library.entry_close, name="entry-close"),
    path("names/try/", trying.address_try, name="address-try"),
    path("names/try/points.json", trying.address_points, name="address-points"),
    path("names/unplaced/", unplaced.unplaced_list, name="unplaced-list"),
    path("names/unplaced/<int:pk>/", unplaced.unplaced_detail, name="unplaced-detail"),
    path("names/unplaced/<int:pk>/alias/", unplaced.unplaced_alias, name="unplaced-alias"),
    path("names/unplaced/<int:pk>/ignore/", unplaced.unplaced_ignore, name="unplaced-ignore"),
    path("import/", areas.import_upload, name="import-upload"),
    path("import/<int:pk>/", areas.import_detail, name="import-detail"),
    path("import/<int:pk>/apply/", areas.import_apply, name="import-apply"),
    path("map/base.json", areas.base_map, name="base-map"),
]
