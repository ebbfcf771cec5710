from django.urls import path

from apps.observing.views import comparing, neighbours

app_name = "observing"

urlpatterns = [
    path("compare/", comparing.compare, name="compare"),
    path("compare/export/", comparing.compare_export, name="compare-export"),
    path("neighbours/", neighbours.rule_list, name="rule-list"),
    path("neighbours/<int:field_id>/", neighbours.rule_edit, name="rule-edit"),
]
