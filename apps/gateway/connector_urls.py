from django.urls import path

from apps.gateway.views import connectors, deliveries, mappings, reconciliations

app_name = "connectors"

urlpatterns = [
    path("", connectors.connector_list, name="connector-list"),
    path("new/", connectors.connector_create, name="connector-create"),
    path("<int:pk>/", connectors.connector_detail, name="connector-detail"),
    path("<int:pk>/edit/", connectors.connector_edit, name="connector-edit"),
    path("<int:pk>/rotate/", connectors.connector_rotate, name="connector-rotate"),
    path("<int:pk>/inbound/issue/", connectors.inbound_issue, name="inbound-issue"),
    path("<int:pk>/inbound/revoke/", connectors.inbound_revoke, name="inbound-revoke"),
    path("<int:pk>/pause/", connectors.connector_pause, name="connector-pause"),
    path("<int:pk>/resume/", connectors.connector_resume, name="connector-resume"),
    path("<int:pk>/ping/", connectors.connector_ping, name="connector-ping"),
    path("<int:pk>/mapping/out/", mappings.mapping_out, name="mapping-out"),
    path("<int:pk>/mapping/in/", mappings.mapping_in, name="mapping-in"),
    path(
        "<int:pk>/reconciliations/", reconciliations.reconciliation_list, name="reconciliation-list"
    ),
    path(
        "<int:pk>/reconciliations/check/",
        reconciliations.reconciliation_check,
        name="reconciliation-check",
    ),
    path(
        "<int:pk>/reconciliations/<int:row>/",
        reconciliations.reconciliation_detail,
        name="reconciliation-detail",
    ),
    path(
        "<int:pk>/reconciliations/<int:row>/replay/",
        reconciliations.reconciliation_replay,
        name="reconciliation-replay",
    ),
    path("deliveries/", deliveries.delivery_list, name="delivery-list"),
    path("deliveries/replay/", deliveries.delivery_replay, name="delivery-replay"),
    path("deliveries/<uuid:public_id>/", deliveries.delivery_detail, name="delivery-detail"),
]
