from django.urls import path

from apps.hotline.learning.views import alerts, examples, models

urlpatterns = [
    path("", models.overview, name="learning"),
    path("train/", models.train, name="learning-train"),
    path("models/<int:number>/", models.detail, name="learning-model"),
    path("models/<int:number>/<slug:deed>/", models.deed, name="learning-deed"),
    path("examples/", examples.example_list, name="learning-examples"),
    path("examples/export/", examples.export, name="learning-examples-export"),
    path("examples/<int:pk>/", examples.rule, name="learning-example-rule"),
    path("alerts/", alerts.alert_list, name="alerts"),
    path("alerts/<int:case_id>/", alerts.seen, name="alert-seen"),
    path("dispatch/", alerts.dispatch_list, name="auto-dispatch"),
    path("dispatch/switch/", alerts.ask, name="auto-dispatch-ask"),
    path("dispatch/switch/<int:pk>/<slug:deed>/", alerts.decide, name="auto-dispatch-decide"),
]
