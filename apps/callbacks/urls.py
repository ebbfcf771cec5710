from django.urls import path

from apps.callbacks.views import board, bulletins, calling, disputes, pools

app_name = "callbacks"

urlpatterns = [
    path("", board.board, name="board"),
    path("export/", board.export, name="export"),
    path("reassign/", board.reassign, name="reassign"),
    path("next/", calling.next_task, name="next"),
    path("tasks/<int:pk>/", calling.task_detail, name="task-detail"),
    path("tasks/<int:pk>/dial/", calling.dial, name="task-dial"),
    path("tasks/<int:pk>/give-back/", calling.give_back, name="task-give-back"),
    path("next/dial/", calling.dial_next, name="next-dial"),
    path("cases/<int:case_id>/call/", calling.call_about, name="case-call"),
    path("cases/<int:case_id>/", calling.case_history, name="case-history"),
    path("pools/", pools.pool_list, name="pool-list"),
    path("pools/new/", pools.pool_edit, name="pool-new"),
    path("pools/<int:pk>/", pools.pool_edit, name="pool-edit"),
    path("scripts/new/", pools.script_edit, name="script-new"),
    path("scripts/<slug:code>/", pools.script_edit, name="script-edit"),
    path("results/", disputes.result_list, name="result-list"),
    path("results/<int:task_id>/dispute/", disputes.dispute_new, name="dispute-new"),
    path("disputes/", disputes.dispute_list, name="dispute-list"),
    path("disputes/<int:pk>/", disputes.dispute_detail, name="dispute-detail"),
    path("disputes/<int:pk>/files/<int:file_id>/", disputes.evidence, name="dispute-file"),
    path("bulletins/", bulletins.bulletin_list, name="bulletin-list"),
    path("bulletins/<int:pk>/", bulletins.bulletin_detail, name="bulletin-detail"),
    path("bulletins/<int:pk>/<slug:deed>/", bulletins.bulletin_deed, name="bulletin-deed"),
    path("bulletins/<int:pk>/files/<slug:form>/", bulletins.bulletin_file, name="bulletin-file"),
]
