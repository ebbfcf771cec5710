from django.urls import path

from apps.observing.views import comparing, fences, neighbours, rates, surfaces, tracks

app_name = "observing"

urlpatterns = [
    path("compare/", comparing.compare, name="compare"),
    path("compare/export/", comparing.compare_export, name="compare-export"),
    path("neighbours/", neighbours.rule_list, name="rule-list"),
    path("neighbours/<int:field_id>/", neighbours.rule_edit, name="rule-edit"),
    path("geofences/", fences.fence_list, name="fence-list"),
    path("geofences/new/", fences.fence_edit, name="fence-new"),
    path("geofences/<int:pk>/", fences.fence_edit, name="fence-edit"),
    path("rates/", rates.rates, name="rates"),
    path("rates/export/", rates.rates_export, name="rates-export"),
    path("surface/", surfaces.surface, name="surface"),
    path("surface/shapes/", surfaces.surface_shapes, name="surface-shapes"),
    path("surface/export/", surfaces.surface_export, name="surface-export"),
    path("near/<int:case_id>/", surfaces.near_case, name="near-case"),
    path("near/<int:case_id>/shapes/", surfaces.near_case_shapes, name="near-case-shapes"),
    path("<int:pk>/track/", tracks.track, name="track"),
    path("<int:pk>/track/shapes/", tracks.track_shapes, name="track-shapes"),
    path("<int:pk>/track/export/", tracks.track_export, name="track-export"),
]
