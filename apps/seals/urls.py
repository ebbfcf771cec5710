from django.urls import path

from apps.seals.views import media, register, uses

app_name = "seals"

urlpatterns = [
    path("", register.seal_list, name="seal-list"),
    path("export/", register.seal_export, name="seal-export"),
    path("apply/", register.seal_apply, name="seal-apply"),
    path("uses/", uses.use_list, name="use-list"),
    path("uses/export/", uses.use_export, name="use-export"),
    path("uses/new/", uses.use_new, name="use-new"),
    path("uses/batches/new/", uses.batch_new, name="batch-new"),
    path("uses/batches/<int:pk>/", uses.batch_detail, name="batch-detail"),
    path("uses/batches/<int:pk>/add/", uses.batch_add, name="batch-add"),
    path("uses/batches/<int:pk>/approve/", uses.batch_approve, name="batch-approve"),
    path("uses/<int:pk>/", uses.use_detail, name="use-detail"),
    path("uses/<int:pk>/pages/<int:number>/", uses.use_page, name="use-page"),
    path("uses/<int:pk>/place/", uses.use_place, name="use-place"),
    path("uses/<int:pk>/submit/", uses.use_submit, name="use-submit"),
    path("uses/<int:pk>/withdraw/", uses.use_withdraw, name="use-withdraw"),
    path("uses/<int:pk>/decide/<slug:decision>/", uses.use_decide, name="use-decide"),
    path("uses/<int:pk>/files/<slug:which>/", uses.use_file, name="use-file"),
    path("media/", media.medium_list, name="medium-list"),
    path("media/<int:pk>/", media.medium_detail, name="medium-detail"),
    path("media/<int:pk>/<slug:deed>/", media.medium_deed, name="medium-deed"),
    path("log/", media.log_list, name="log-list"),
    path("log/export/", media.log_export, name="log-export"),
    path("log/reconcile/", media.reconcile, name="reconcile"),
    path("<int:pk>/", register.seal_detail, name="seal-detail"),
    path("<int:pk>/label/", register.seal_label, name="seal-label"),
    path("<int:pk>/picture/", register.seal_picture, name="seal-picture"),
    path("<int:pk>/request/", register.seal_request, name="seal-request"),
    path("<int:pk>/filing/", register.seal_file, name="seal-filing"),
    path("<int:pk>/certificate/", register.seal_certificate, name="seal-certificate"),
    path("<int:pk>/grants/", register.grant_new, name="grant-new"),
    path("<int:pk>/grants/<int:grant_id>/end/", register.grant_end, name="grant-end"),
    path("<int:pk>/do/<slug:deed>/", register.seal_deed, name="seal-deed"),
]
