from django.urls import path

from apps.callcentre.views import board, crew, rosters

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
    path("ledger/", crew.ledger, name="ledger"),
    path("ledger/export/", crew.ledger_export, name="ledger-export"),
]
