from django.urls import path

from apps.inspection.views import checks, draws, inspectors, public, register, scales

app_name = "inspection"

urlpatterns = [
    path("objects/", register.object_list, name="object-list"),
    path("objects/new/", register.object_edit, name="object-new"),
    path("objects/import/", register.object_import, name="object-import"),
    path("objects/export/", register.object_export, name="object-export"),
    path("objects/<int:object_id>/", register.object_detail, name="object-detail"),
    path("objects/<int:object_id>/edit/", register.object_edit, name="object-edit"),
    path("objects/<int:object_id>/end/", register.object_end, name="object-end"),
    path(
        "objects/<int:object_id>/behaviours/<int:record_id>/withdraw/",
        register.behaviour_withdraw,
        name="behaviour-withdraw",
    ),
    path(
        "objects/<int:object_id>/behaviours/<int:record_id>/files/",
        register.behaviour_file,
        name="behaviour-file",
    ),
    path("scale/", scales.scale_detail, name="scale"),
    path("scale/draft/", scales.scale_edit, name="scale-edit"),
    path("scale/draft/preview/", scales.scale_preview, name="scale-preview"),
    path("scale/draft/enforce/", scales.scale_enforce, name="scale-enforce"),
    path("scale/draft/discard/", scales.scale_discard, name="scale-discard"),
    path("scale/<int:number>/", scales.scale_detail, name="scale-version"),
    path("inspectors/", inspectors.inspector_list, name="inspector-list"),
    path("inspectors/new/", inspectors.inspector_edit, name="inspector-new"),
    path("inspectors/<int:inspector_id>/", inspectors.inspector_detail, name="inspector-detail"),
    path("inspectors/<int:inspector_id>/edit/", inspectors.inspector_edit, name="inspector-edit"),
    path(
        "inspectors/<int:inspector_id>/conflicts/<int:conflict_id>/lift/",
        inspectors.conflict_lift,
        name="conflict-lift",
    ),
    path("plans/", draws.plan_list, name="plan-list"),
    path("plans/new/", draws.plan_edit, name="plan-new"),
    path("plans/<int:plan_id>/", draws.plan_detail, name="plan-detail"),
    path("plans/<int:plan_id>/edit/", draws.plan_edit, name="plan-edit"),
    path("plans/<int:plan_id>/freeze/", draws.plan_freeze, name="plan-freeze"),
    path("draws/<str:number>/", draws.draw_detail, name="draw-detail"),
    path("draws/<str:number>/abandon/", draws.draw_abandon, name="draw-abandon"),
    path("draws/<str:number>/export/proof/", draws.draw_proof, name="draw-proof"),
    path("checks/", checks.check_list, name="check-list"),
    path("checks/<int:result_id>/", checks.check_detail, name="check-detail"),
    path("checks/<int:result_id>/publish/", checks.check_publish, name="check-publish"),
    path("checks/<int:result_id>/return/", checks.check_return, name="check-return"),
    path("checks/<int:result_id>/files/", checks.check_file, name="check-file"),
    path(
        "checks/<int:result_id>/files/<int:version>/",
        checks.check_file,
        name="check-version-file",
    ),
    path("public/", public.home, name="public"),
    path("public/verify/", public.verify, name="public-verify"),
    path("public/export/drawing.py", public.program, name="public-program"),
    path("public/draws/<str:number>/", public.draw, name="public-draw"),
    path("public/draws/<str:number>/export/proof/", public.proof, name="public-proof"),
]
