from django.urls import path

from apps.personnel.views import (
    deputies,
    joinings,
    leavings,
    plans,
    reviews,
    training,
    transfers,
)

app_name = "personnel"

urlpatterns = [
    path("", leavings.leaving_list, name="home"),
    path("leavings/", leavings.leaving_list, name="leaving-list"),
    path("leavings/new/", leavings.leaving_new, name="leaving-new"),
    path("leavings/<int:pk>/", leavings.leaving_detail, name="leaving-detail"),
    path("leavings/<int:pk>/hand-over/", leavings.leaving_hand_over, name="leaving-hand-over"),
    path("leavings/<int:pk>/cancel/", leavings.leaving_cancel, name="leaving-cancel"),
    path(
        "leavings/<int:pk>/certificate/", leavings.leaving_certificate, name="leaving-certificate"
    ),
    path("joinings/", joinings.joining_list, name="joining-list"),
    path("joinings/new/", joinings.joining_new, name="joining-new"),
    path("joinings/import/", joinings.joining_import, name="joining-import"),
    path("joinings/<int:pk>/", joinings.joining_detail, name="joining-detail"),
    path("joinings/<int:pk>/decide/", joinings.joining_decide, name="joining-decide"),
    path("joinings/<int:pk>/activate/", joinings.joining_activate, name="joining-activate"),
    path("transfers/", transfers.transfer_list, name="transfer-list"),
    path("transfers/new/", transfers.transfer_new, name="transfer-new"),
    path("transfers/<int:pk>/", transfers.transfer_detail, name="transfer-detail"),
    path("transfers/<int:pk>/hand-over/", transfers.transfer_hand_over, name="transfer-hand-over"),
    path("transfers/<int:pk>/cancel/", transfers.transfer_cancel, name="transfer-cancel"),
    path("training/", training.training_list, name="training-list"),
    path("training/new/", training.training_new, name="training-new"),
    path("courses/new/", training.course_edit, name="course-new"),
    path("courses/<int:pk>/", training.course_edit, name="course-edit"),
    path("templates/", training.template_list, name="template-list"),
    path("templates/new/", training.template_edit, name="template-new"),
    path("templates/excess/", training.excess_export, name="excess-export"),
    path("templates/<int:pk>/", training.template_edit, name="template-edit"),
    path("me/deputies/", deputies.deputies, name="deputies"),
    path("me/deputies/<int:pk>/end/", deputies.deputy_end, name="deputy-end"),
    path("directory/", plans.snapshot_list, name="snapshot-list"),
    path("directory/<int:pk>/", plans.snapshot_detail, name="snapshot-detail"),
    path("reorganisations/", plans.change_list, name="change-list"),
    path("reorganisations/new/", plans.change_start, name="change-start"),
    path("reorganisations/new/<slug:kind>/<int:unit_id>/", plans.change_new, name="change-new"),
    path("reorganisations/<int:pk>/", plans.change_detail, name="change-detail"),
    path("reorganisations/<int:pk>/decide/", plans.change_decide, name="change-decide"),
    path("reviews/", reviews.review_list, name="review-list"),
    path("reviews/export/", reviews.review_export, name="review-export"),
    path("reviews/<int:pk>/", reviews.review_detail, name="review-detail"),
    path("reviews/<int:pk>/answer/", reviews.review_answer, name="review-answer"),
]
