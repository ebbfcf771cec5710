from django.urls import path

from apps.algorithms.views import capabilities, datasets, queue, sets, warehouse

app_name = "algorithms"

urlpatterns = [
    path("", warehouse.algorithm_list, name="algorithm-list"),
    path("export/", warehouse.algorithm_export, name="algorithm-export"),
    path("new/", warehouse.model_new, name="model-new"),
    path("queue/", queue.work_list, name="work-list"),
    path("queue/<int:pk>/cancel/", queue.work_cancel, name="work-cancel"),
    path("costs/", queue.cost_list, name="cost-list"),
    path("costs/export/", queue.cost_export, name="cost-export"),
    path("costs/quota/", queue.quota_save, name="quota-save"),
    path("capabilities/", capabilities.capability_list, name="capability-list"),
    path("capabilities/new/", capabilities.capability_edit, name="capability-new"),
    path("capabilities/requests/<int:pk>/", capabilities.request_decide, name="request-decide"),
    path("capabilities/<slug:code>/", capabilities.capability_detail, name="capability-detail"),
    path("capabilities/<slug:code>/edit/", capabilities.capability_edit, name="capability-edit"),
    path(
        "capabilities/<slug:code>/active/",
        capabilities.capability_active,
        name="capability-active",
    ),
    path("datasets/", datasets.data_set_list, name="data-set-list"),
    path("datasets/export/", datasets.data_set_export, name="data-set-export"),
    path("datasets/new/", datasets.data_set_edit, name="data-set-new"),
    path("datasets/<int:pk>/", datasets.data_set_detail, name="data-set-detail"),
    path("datasets/<int:pk>/edit/", datasets.data_set_edit, name="data-set-edit"),
    path("datasets/<int:pk>/grant/", datasets.data_set_grant, name="data-set-grant"),
    path("datasets/<int:pk>/train/", datasets.data_set_train, name="data-set-train"),
    path("datasets/<int:pk>/<slug:deed>/", datasets.data_set_do, name="data-set-do"),
    path("sets/", sets.set_list, name="set-list"),
    path("sets/<slug:code>/", sets.set_detail, name="set-detail"),
    path("sets/<slug:code>/export/", sets.set_export, name="set-export"),
    path("versions/<int:pk>/<slug:deed>/", warehouse.version_do, name="version-do"),
    path("<slug:code>/", warehouse.algorithm_detail, name="algorithm-detail"),
    path("<slug:code>/alias/", warehouse.alias_move, name="alias-move"),
    path("<slug:code>/alias/<int:pk>/<slug:deed>/", warehouse.alias_do, name="alias-do"),
]
