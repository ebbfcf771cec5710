from django.urls import path

from apps.journals.views import lines, reports, rules

app_name = "journals"

urlpatterns = [
    path("", lines.line_list, name="line-list"),
    path("export/", lines.line_export, name="line-export"),
    path("deviations/", reports.deviation_list, name="deviation-list"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.rule_edit, name="rule-new"),
    path("rules/<int:pk>/", rules.rule_edit, name="rule-edit"),
    path("hosts/", rules.host_list, name="host-list"),
    path("hosts/<int:pk>/", rules.host_edit, name="host-edit"),
    path("report/", reports.report, name="report"),
    path("report/export/", reports.report_export, name="report-export"),
]
