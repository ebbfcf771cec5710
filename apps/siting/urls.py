from django.urls import path

from apps.siting.views import files, plans, points

app_name = "siting"

urlpatterns = [
    path("", plans.plan_list, name="plan-list"),
    path("new/", plans.plan_edit, name="plan-new"),
    path("<int:pk>/", plans.plan_detail, name="plan-detail"),
    path("<int:pk>/edit/", plans.plan_edit, name="plan-edit"),
    path("<int:pk>/shapes/", plans.plan_shapes, name="plan-shapes"),
    path("<int:pk>/points/add/", points.point_add, name="point-add"),
    path("<int:pk>/points/export/", files.point_export, name="point-export"),
    path("<int:pk>/points/import/", files.point_import, name="point-import"),
    path("<int:pk>/points/<int:number>/", points.point_edit, name="point-edit"),
    path("<int:pk>/points/<int:number>/remove/", points.point_remove, name="point-remove"),
    path("<int:pk>/points/<int:number>/built/", points.point_built, name="point-built"),
    path("<int:pk>/proposals/", points.proposals, name="proposals"),
    path("<int:pk>/proposals/shapes/", points.proposal_shapes, name="proposal-shapes"),
    path("<int:pk>/<slug:deed>/", plans.plan_deed, name="plan-deed"),
]
