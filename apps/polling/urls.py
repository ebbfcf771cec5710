from django.urls import path

from apps.polling.views import applications, edge, files, gateways, links, plans

app_name = "polling"

urlpatterns = [
    path("files/", files.file_list, name="file-list"),
    path("files/<int:pk>/", files.file_detail, name="file-detail"),
    path("files/<int:pk>/problems/", files.file_problems, name="file-problems"),
    path("links/", links.link_list, name="link-list"),
    path("links/export/", links.link_export, name="link-export"),
    path("edge/", edge.edge_list, name="edge-list"),
    path("edge/export/", edge.edge_export, name="edge-export"),
    path("edge/new/", edge.edge_edit, name="edge-new"),
    path("edge/applications/", applications.application_list, name="application-list"),
    path("edge/applications/new/", applications.application_edit, name="application-new"),
    path("edge/applications/<int:pk>/", applications.application_detail, name="application-detail"),
    path(
        "edge/applications/<int:pk>/edit/", applications.application_edit, name="application-edit"
    ),
    path("edge/applications/<int:pk>/releases/", applications.release_add, name="release-add"),
    path(
        "edge/applications/<int:pk>/releases/<int:release_id>/withdraw/",
        applications.release_withdraw,
        name="release-withdraw",
    ),
    path("edge/applications/<int:pk>/nodes/", applications.rollout, name="application-rollout"),
    path("edge/<int:pk>/", edge.edge_detail, name="edge-detail"),
    path("edge/<int:pk>/edit/", edge.edge_edit, name="edge-edit"),
    path("edge/<int:pk>/active/", edge.edge_active, name="edge-active"),
    path("edge/<int:pk>/devices/", edge.edge_device, name="edge-device"),
    path("gateways/", gateways.gateway_list, name="gateway-list"),
    path("gateways/export/", gateways.gateway_export, name="gateway-export"),
    path("gateways/new/", gateways.gateway_edit, name="gateway-new"),
    path("gateways/plans/", plans.plan_list, name="plan-list"),
    path("gateways/plans/new/", plans.plan_edit, name="plan-new"),
    path("gateways/plans/<slug:code>/", plans.plan_edit, name="plan-edit"),
    path("gateways/<int:pk>/", gateways.gateway_detail, name="gateway-detail"),
    path("gateways/<int:pk>/edit/", gateways.gateway_edit, name="gateway-edit"),
    path("gateways/<int:pk>/active/", gateways.gateway_active, name="gateway-active"),
    path("gateways/<int:pk>/polls/new/", gateways.poll_edit, name="poll-new"),
    path("gateways/<int:pk>/polls/<int:poll_id>/", gateways.poll_edit, name="poll-edit"),
    path("gateways/<int:pk>/polls/<int:poll_id>/drop/", gateways.poll_drop, name="poll-drop"),
    path("gateways/<int:pk>/polls/<int:poll_id>/try/", gateways.poll_try, name="poll-try"),
]
