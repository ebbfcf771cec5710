from django.urls import path

from apps.ops.views import keeping, orders, plans, report

app_name = "ops"

urlpatterns = [
    path("orders/", orders.order_list, name="order-list"),
    path("orders/export/", orders.order_export, name="order-export"),
    path("orders/bulk/", orders.order_bulk, name="order-bulk"),
    path("orders/<int:pk>/", orders.order_detail, name="order-detail"),
    path("orders/<int:pk>/confirm/", orders.order_confirm, name="order-confirm"),
    path("orders/<int:pk>/reassign/", orders.order_reassign, name="order-reassign"),
    path("orders/<int:pk>/repair/", orders.order_repair, name="order-repair"),
    path("orders/<int:pk>/prove/", orders.order_prove, name="order-prove"),
    path("orders/<int:pk>/do/<slug:code>/", orders.order_deed, name="order-deed"),
    path("orders/<int:pk>/files/<int:file_id>/", orders.order_file, name="order-file"),
    path("orders/<int:pk>/photos/<int:photo_id>/", orders.repair_photo, name="repair-photo"),
    path("contracts/", keeping.contract_list, name="contract-list"),
    path("contracts/new/", keeping.contract_edit, name="contract-new"),
    path("contracts/<int:pk>/", keeping.contract_edit, name="contract-edit"),
    path("rules/new/", keeping.rule_edit, name="rule-new"),
    path("rules/<int:pk>/", keeping.rule_edit, name="rule-edit"),
    path("levels/", keeping.level_list, name="level-list"),
    path("levels/new/", keeping.level_edit, name="level-new"),
    path("levels/<int:number>/", keeping.level_edit, name="level-edit"),
    path("auto-orders/", keeping.auto_order_switch, name="auto-order-switch"),
    path("kinds/new/", keeping.kind_edit, name="kind-new"),
    path("kinds/<slug:code>/", keeping.kind_edit, name="kind-edit"),
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/new/", plans.plan_edit, name="plan-new"),
    path("plans/<int:pk>/", plans.plan_edit, name="plan-edit"),
    path("calendar/", plans.calendar, name="calendar"),
    path("report/", report.report, name="report"),
]
