from django.urls import path

from apps.geodata.views import analyses, city_models, datasets, imports, spatial

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
    path("models/", city_models.model_list, name="model-list"),
    path("models/new/", city_models.model_new, name="model-new"),
    path("models/<int:pk>/", city_models.model_detail, name="model-detail"),
    path("models/<int:pk>/edit/", city_models.model_edit, name="model-edit"),
    path("models/<int:pk>/import/", city_models.model_import, name="model-import"),
    path("models/<int:pk>/retire/", city_models.model_retire, name="model-retire"),
    path("models/<int:pk>/unlink/<int:link_id>/", city_models.model_unlink, name="model-unlink"),
    path("unshift/", datasets.unshift_switch, name="unshift-switch"),
    path("views/", spatial.view_list, name="view-list"),
    path("views/new/", spatial.view_new, name="view-new"),
    path("views/<int:pk>/", spatial.view_detail, name="view-detail"),
    path("views/<int:pk>/edit/", spatial.view_edit, name="view-edit"),
    path("views/<int:pk>/reread/", spatial.view_reread, name="view-reread"),
    path("views/<int:pk>/features.geojson", spatial.view_features, name="view-features"),
    path("views/<int:pk>/<slug:deed>/", spatial.view_deed, name="view-deed"),
]
