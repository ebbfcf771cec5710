from django.urls import path

from apps.callcentre.views import board, crew, quality, rosters, scripts

app_name = "callcentre"

urlpatterns = [
    path("", board.board, name="board"),
    path("calls/", board.call_list, name="calls"),
    path("calls/export/", board.call_export, name="calls-export"),
    path("calls/<int:call_id>/call-back/", crew.call_back, name="call-back"),
    path("calls/<int:call_id>/<slug:deed>/", crew.call_deed, name="call-deed"),
    path("report/", board.report, name="report"),
    path("report/export/", board.report_export, name="report-export"),
    path("agents/", crew.agent_list, name="agents"),
    path("agents/new/", crew.agent_edit, name="agent-new"),
    path("agents/<int:pk>/", crew.agent_edit, name="agent-edit"),
    path("agents/<int:pk>/state/", crew.agent_state, name="agent-state"),
    path("agents/<int:pk>/day/", crew.agent_day, name="agent-day"),
    path("groups/new/", crew.group_edit, name="group-new"),
    path("groups/<int:pk>/", crew.group_edit, name="group-edit"),
    path("roster/", rosters.roster, name="roster"),
    path("roster/export/", rosters.roster_export, name="roster-export"),
    path("roster/<slug:deed>/", rosters.roster_deed, name="roster-deed"),
    path("swaps/", rosters.swap_list, name="swaps"),
    path("swaps/ask/", rosters.swap_ask, name="swap-ask"),
    path("swaps/<int:pk>/", rosters.swap_rule, name="swap-rule"),
    path("inspections/", quality.inspection_list, name="inspections"),
    path("inspections/export/", quality.figures_export, name="quality-export"),
    path("inspections/<int:pk>/", quality.inspection_detail, name="inspection"),
    path("inspections/<int:pk>/appeal/", quality.inspection_appeal, name="appeal"),
    path("samples/", quality.sample_list, name="samples"),
    path("sheets/", quality.sheet_list, name="sheets"),
    path("sheets/<int:pk>/publish/", quality.sheet_publish, name="sheet-publish"),
    path("scripts/", scripts.script_list, name="scripts"),
    path("scripts/new/", scripts.script_edit, name="script-new"),
    path("scripts/<int:pk>/", scripts.script_edit, name="script-edit"),
    path("scripts/versions/<int:version_id>/rule/", scripts.script_rule, name="script-rule"),
    path("scripts/versions/<int:version_id>/vote/", scripts.script_vote, name="script-vote"),
    path("ledger/", crew.ledger, name="ledger"),
    path("ledger/export/", crew.ledger_export, name="ledger-export"),
]
