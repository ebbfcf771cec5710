from django.urls import path

from apps.geodata.views import analyses, datasets, imports

app_name = "geodata"

urlpatterns = [
    path("", datasets.dataset_list, name="dataset-list"),
    path("<int:pk>/", datasets.dataset_detail, name="dataset-detail"),
    path("<int:pk>/edit/", datasets.dataset_edit, name="dataset-edit"),
    path("<int:pk>/features.geojson", datasets.dataset_features, name="dataset-features"),
    path("<int:pk>/<slug:deed>/", datasets.dataset_deed, name="dataset-deed"),
    path("analyses/", analyses.analysis_list, name="analysis-list"),
    path("analyses/new/", analyses.analysis_new, name="analysis-new"),
    path("analyses/<int:pk>/", analyses.analysis_detail, name="analysis-detail"),
    path("analyses/<int:pk>/delete/", analyses.analysis_delete, name="analysis-delete"),
    path(
        "analyses/<int:pk>/features.geojson", analyses.analysis_features, name="analysis-features"
    ),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_new, name="import-new"),
    path("imports/<int:pk>/", imports.import_detail, name="import-detail"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import-progress"),
    path("imports/<int:pk>/reread/", imports.import_reread, name="import-reread"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import-cancel"),
    path("imports/<int:pk>/sample.geojson", imports.import_sample, name="import-sample"),
    path("imports/<int:pk>/issues.geojson", imports.import_issues, name="import-issues"),
    path("imports/<int:pk>/issues.xlsx", imports.import_sheet, name="import-sheet"),
    path("unshift/", datasets.unshift_switch, name="unshift-switch"),
]
