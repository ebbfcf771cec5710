"""Addresses of this app's pages."""

from django.urls import path

from apps.governance.views import appraisal, assessments, burden, centres, disputes, situation

app_name = "governance"

urlpatterns = [
    path("disputes/", disputes.dispute_list, name="dispute-list"),
    path("disputes/new/", disputes.dispute_new, name="dispute-new"),
    path("disputes/results/", disputes.dispute_results, name="dispute-results"),
    path("disputes/<int:dispute_id>/", disputes.dispute_detail, name="dispute"),
    path("disputes/<int:dispute_id>/reveal/", disputes.dispute_reveal, name="dispute-reveal"),
    path("disputes/<int:dispute_id>/<slug:deed>/", disputes.dispute_deed, name="dispute-deed"),
    path("agreements/<int:agreement_id>/", disputes.agreement_paper, name="agreement"),
    path("centres/", centres.centre_list, name="centre-list"),
    path("centres/new/", centres.centre_edit, name="centre-new"),
    path("centres/<int:centre_id>/", centres.centre_detail, name="centre"),
    path("centres/<int:centre_id>/edit/", centres.centre_edit, name="centre-edit"),
    path("centres/<int:centre_id>/scores/", centres.score_send, name="score-send"),
    path(
        "centres/<int:centre_id>/scores/<int:notice_id>/",
        centres.score_read,
        name="score-read",
    ),
    path("assessments/", assessments.assessment_list, name="assessment-list"),
    path("assessments/new/", assessments.assessment_new, name="assessment-new"),
    path("assessments/templates/", assessments.template_list, name="template-list"),
    path("assessments/templates/new/", assessments.template_new, name="template-new"),
    path("assessments/templates/<int:template_id>/", assessments.template_detail, name="template"),
    path(
        "assessments/templates/<int:template_id>/<slug:deed>/",
        assessments.template_deed,
        name="template-deed",
    ),
    path("assessments/<int:assessment_id>/", assessments.assessment_detail, name="assessment"),
    path(
        "assessments/<int:assessment_id>/report/",
        assessments.assessment_report,
        name="assessment-report",
    ),
    path(
        "assessments/<int:assessment_id>/measures/<int:measure_id>/",
        assessments.measure_done,
        name="measure-done",
    ),
    path(
        "assessments/<int:assessment_id>/<slug:deed>/",
        assessments.assessment_deed,
        name="assessment-deed",
    ),
    path("situation/layers/<slug:code>.json", situation.situation_layer, name="situation-layer"),
    path("situation/", situation.situation, name="situation"),
    path("situation/map.json", situation.situation_map, name="situation-map"),
    path("situation/cases/", situation.situation_cases, name="situation-cases"),
    path("trends/", situation.trends, name="trends"),
    path("appraisal/", appraisal.ranking, name="ranking"),
    path("appraisal/compute/", appraisal.compute, name="compute"),
    path("appraisal/export/", appraisal.export, name="ranking-export"),
    path("appraisal/<int:run_id>/publish/", appraisal.publish, name="publish"),
    path("appraisal/lines/<int:line_id>/", appraisal.line_detail, name="line"),
    path(
        "appraisal/lines/<int:line_id>/facts/<int:fact_id>/appeal/",
        appraisal.appeal_new,
        name="appeal-new",
    ),
    path("appraisal/appeals/", appraisal.appeal_list, name="appeal-list"),
    path("appraisal/appeals/<int:appeal_id>/", appraisal.appeal_rule, name="appeal-rule"),
    path(
        "appraisal/appeals/<int:appeal_id>/files/<int:file_id>/",
        appraisal.appeal_file,
        name="appeal-file",
    ),
    path("appraisal/formulas/", appraisal.formula_list, name="formula-list"),
    path("appraisal/formulas/new/<slug:subject>/", appraisal.formula_new, name="formula-new"),
    path("appraisal/formulas/<int:formula_id>/", appraisal.formula_detail, name="formula"),
    path(
        "appraisal/formulas/<int:formula_id>/<slug:deed>/",
        appraisal.formula_deed,
        name="formula-deed",
    ),
    path("burden/", burden.burden, name="burden"),
    path("burden/count/", burden.count, name="burden-count"),
    path("burden/<str:code>/", burden.form_burden, name="form-burden"),
]
