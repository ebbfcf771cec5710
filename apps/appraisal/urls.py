"""Addresses of this app's pages."""

from django.urls import path

from apps.appraisal.views import appeals, ranking, schemes, staff, statistics, targets

app_name = "appraisal"

urlpatterns = [
    path("", ranking.ranking, name="ranking"),
    path("compute/", ranking.compute, name="compute"),
    path("export/", ranking.export, name="ranking-export"),
    path("progress/<int:pass_id>/", ranking.progress, name="progress"),
    path("lines/<int:line_id>/", ranking.line_detail, name="line"),
    path("runs/<int:run_id>/changes/", ranking.changes, name="changes"),
    path("runs/<int:run_id>/points/<int:asset_id>/", ranking.point_detail, name="point"),
    path("runs/<int:run_id>/<slug:deed>/", ranking.run_deed, name="run-deed"),
    path("facts/<int:fact_id>/appeal/", appeals.appeal_new, name="appeal-new"),
    path("appeals/", appeals.appeal_list, name="appeal-list"),
    path("appeals/<int:appeal_id>/", appeals.appeal_rule, name="appeal-rule"),
    path("appeals/<int:appeal_id>/files/<int:file_id>/", appeals.appeal_file, name="appeal-file"),
    path("schemes/", schemes.scheme_list, name="scheme-list"),
    path("schemes/new/", schemes.scheme_new, name="scheme-new"),
    path("schemes/<int:scheme_id>/", schemes.scheme_detail, name="scheme"),
    path("schemes/<int:scheme_id>/<slug:deed>/", schemes.scheme_deed, name="scheme-deed"),
    path("statistics/", statistics.overview, name="statistics"),
    path("statistics/<slug:code>/", statistics.report, name="report"),
    path("statistics/<slug:code>/export/", statistics.report_export, name="report-export"),
    path("staff/", staff.staff_list, name="staff-list"),
    path("staff/export/", staff.staff_export, name="staff-export"),
    path("staff/<int:line_id>/", staff.staff_line, name="staff-line"),
    path("staff/facts/<int:fact_id>/appeal/", staff.staff_appeal, name="staff-appeal"),
    path("targets/", targets.target_list, name="target-list"),
    path("targets/new/", targets.target_new, name="target-new"),
    path("targets/export/", targets.target_export, name="target-export"),
    path("targets/<int:target_id>/drop/", targets.target_drop, name="target-drop"),
]
