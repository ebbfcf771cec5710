from django.urls import path

from apps.guides.views import instant, joint_editing, office, planning, public, tree_editing

app_name = "guides"

urlpatterns = [
    path("", public.home, name="home"),
    path("track/", public.track, name="track"),
    path("track/<str:number>/", public.progress, name="progress"),
    path("track/<str:number>/withdraw/", public.withdraw, name="withdraw"),
    path("track/<str:number>/results/<int:pk>/", public.result, name="result"),
    path("ask/<slug:code>/", public.ask, name="ask"),
    path("office/", office.guide_list, name="office-guides"),
    path("office/publish/<str:code>/", office.guide_publish, name="office-publish"),
    path("office/retire/<int:guide_id>/", office.guide_retire, name="office-retire"),
    path("office/applications/", office.application_list, name="office-applications"),
    path("office/applications/new/", office.apply_choose, name="office-apply-choose"),
    path("office/applications/new/<str:code>/", office.apply, name="office-apply"),
    path("office/reveal/<int:case_id>/", office.reveal, name="reveal"),
    path("office/results/<int:pk>/ask/", office.result_ask, name="result-ask"),
    path("office/instant/", instant.instant, name="instant"),
    path("office/instant/switch/", instant.instant_switch, name="instant-switch"),
    path("office/instant/review/<int:run_id>/", instant.instant_review, name="instant-review"),
    path(
        "office/plans/questions/<slug:code>/question/<slug:part>/",
        tree_editing.question_edit,
        name="question-edit",
    ),
    path(
        "office/plans/questions/<slug:code>/conclusion/<slug:part>/",
        tree_editing.conclusion_edit,
        name="conclusion-edit",
    ),
    path("office/plans/questions/<slug:code>/deed/", tree_editing.tree_deed, name="tree-deed"),
    path(
        "office/plans/joint/<slug:code>/item/<slug:part>/",
        joint_editing.item_edit,
        name="item-edit",
    ),
    path(
        "office/plans/joint/<slug:code>/item/<slug:part>/deed/",
        joint_editing.item_deed,
        name="item-deed",
    ),
    path("office/plans/<slug:kind>/", planning.plan_list, name="plan-list"),
    path("office/plans/<slug:kind>/new/", planning.plan_new, name="plan-new"),
    path("office/plans/<slug:kind>/import/", planning.plan_import, name="plan-import"),
    path("office/plans/<slug:kind>/<slug:code>/", planning.plan_detail, name="plan-detail"),
    path("office/plans/<slug:kind>/<slug:code>/edit/", planning.plan_edit, name="plan-edit"),
    path("office/plans/<slug:kind>/<slug:code>/basics/", planning.plan_basics, name="plan-basics"),
    path("office/plans/<slug:kind>/<slug:code>/export/", planning.plan_export, name="plan-export"),
    path(
        "office/plans/<slug:kind>/<slug:code>/publish/", planning.plan_publish, name="plan-publish"
    ),
    path("<str:code>/", public.guide, name="guide"),
    path("<str:code>/apply/", public.apply, name="apply"),
]
