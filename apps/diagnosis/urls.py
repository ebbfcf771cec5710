from django.urls import path

from apps.diagnosis.views import cameras, rounds, sets

app_name = "diagnosis"

urlpatterns = [
    path("", cameras.wall, name="wall"),
    path("export/", cameras.export, name="export"),
    path("cameras/<int:pk>/", cameras.camera_detail, name="camera-detail"),
    path("cameras/<int:pk>/look/", cameras.camera_look, name="camera-look"),
    path("results/<int:pk>/", cameras.result_detail, name="result-detail"),
    path("results/<int:pk>/picture/", cameras.picture, name="result-picture"),
    path("results/<int:pk>/mark/", cameras.mark, name="result-mark"),
    path("plans/", rounds.plan_list, name="plan-list"),
    path("plans/new/", rounds.plan_edit, name="plan-new"),
    path("plans/<int:pk>/", rounds.plan_edit, name="plan-edit"),
    path("plans/<int:pk>/active/", rounds.plan_active, name="plan-active"),
    path("plans/<int:pk>/run/", rounds.plan_run, name="plan-run"),
    path("runs/", rounds.run_list, name="run-list"),
    path("runs/<int:pk>/", rounds.run_detail, name="run-detail"),
    path("runs/<int:pk>/cancel/", rounds.run_cancel, name="run-cancel"),
    path("thresholds/", sets.set_list, name="set-list"),
    path("thresholds/new/", sets.set_edit, name="set-new"),
    path("thresholds/<int:version>/", sets.set_detail, name="set-detail"),
    path("thresholds/<int:version>/publish/", sets.set_publish, name="set-publish"),
]
