from django.urls import path

from apps.observing.views import comparing, fences, neighbours, rates, tracks

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
    path("<int:pk>/track/", tracks.track, name="track"),
    path("<int:pk>/track/shapes/", tracks.track_shapes, name="track-shapes"),
    path("<int:pk>/track/export/", tracks.track_export, name="track-export"),
]
