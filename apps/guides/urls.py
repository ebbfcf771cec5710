from django.urls import path

from apps.guides.views import office, planning, public

app_name = "guides"

urlpatterns = [
    path("", public.home, name="home"),
    path("track/", public.track, name="track"),
    path("track/<str:number>/", public.progress, name="progress"),
    path("track/<str:number>/withdraw/", public.withdraw, name="withdraw"),
    path("ask/<slug:code>/", public.ask, name="ask"),
    path("office/", office.guide_list, name="office-guides"),
    path("office/publish/<str:code>/", office.guide_publish, name="office-publish"),
    path("office/retire/<int:guide_id>/", office.guide_retire, name="office-retire"),
    path("office/applications/", office.application_list, name="office-applications"),
    path("office/applications/new/", office.apply_choose, name="office-apply-choose"),
    path("office/applications/new/<str:code>/", office.apply, name="office-apply"),
    path("office/reveal/<int:case_id>/", office.reveal, name="reveal"),
    path("office/instant/", planning.instant, name="instant"),
    path("office/instant/switch/", planning.instant_switch, name="instant-switch"),
    path("office/instant/review/<int:run_id>/", planning.instant_review, name="instant-review"),
    path("office/plans/<slug:kind>/", planning.plan_list, name="plan-list"),
    path("office/plans/<slug:kind>/new/", planning.plan_edit, name="plan-new"),
    path("office/plans/<slug:kind>/<slug:code>/", planning.plan_detail, name="plan-detail"),
    path("office/plans/<slug:kind>/<slug:code>/edit/", planning.plan_edit, name="plan-edit"),
    path(
        "office/plans/<slug:kind>/<slug:code>/publish/", planning.plan_publish, name="plan-publish"
    ),
    path("<str:code>/", public.guide, name="guide"),
    path("<str:code>/apply/", public.apply, name="apply"),
]
