from django.urls import path

from apps.polling.views import gateways, plans

app_name = "polling"

urlpatterns = [
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
