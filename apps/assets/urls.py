from django.urls import path

from apps.assets.views import cards, classes, register, samples, surveys

app_name = "assets"

urlpatterns = [
    path("", register.asset_list, name="asset-list"),
    path("export/", register.asset_export, name="asset-export"),
    path("import/", register.asset_import, name="asset-import"),
    path("<int:pk>/", register.asset_detail, name="asset-detail"),
    path("<int:pk>/edit/", cards.asset_edit, name="asset-edit"),
    path("<int:pk>/pictures/", cards.picture_add, name="picture-add"),
    path("<int:pk>/pictures/<int:picture_id>/", cards.picture_show, name="picture-show"),
    path("<int:pk>/pictures/<int:picture_id>/remove/", cards.picture_remove, name="picture-remove"),
    path("classes/", classes.class_list, name="class-list"),
    path("classes/<slug:code>/", classes.class_edit, name="class-edit"),
    path("labels/", cards.label_sheet, name="label-sheet"),
    path("rates/", cards.rates, name="rates"),
    path("<int:pk>/survey/", surveys.survey_make, name="survey-make"),
    path("surveys/", surveys.survey_queue, name="survey-queue"),
    path("surveys/<int:pk>/rule/", surveys.survey_rule, name="survey-rule"),
    path("surveys/<int:pk>/files/<int:number>/", surveys.survey_file, name="survey-file"),
    path("progress/", surveys.progress, name="progress"),
    path("samples/", samples.sample_list, name="sample-list"),
    path("samples/<int:pk>/", samples.sample_detail, name="sample-detail"),
]
