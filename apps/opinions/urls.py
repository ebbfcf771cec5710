from django.urls import path

from apps.opinions.views import collections, ideas, surveys

app_name = "opinions"

urlpatterns = [
    path("collections/", collections.collection_list, name="collection-list"),
    path("collections/export/", collections.export, name="collection-export"),
    path("collections/new/", collections.collection_edit, name="collection-new"),
    path("collections/<int:pk>/", collections.collection_detail, name="collection-detail"),
    path("collections/<int:pk>/edit/", collections.collection_edit, name="collection-edit"),
    path("collections/<int:pk>/opinions/", collections.opinions_export, name="opinions-export"),
    path("collections/<int:pk>/decide/", collections.decide, name="opinions-decide"),
    path("collections/<int:pk>/<slug:deed>/", collections.deed, name="collection-deed"),
    path("surveys/", surveys.survey_list, name="survey-list"),
    path("surveys/new/", surveys.survey_edit, name="survey-new"),
    path("surveys/<int:pk>/", surveys.survey_detail, name="survey-detail"),
    path("surveys/<int:pk>/next/", surveys.next_version, name="survey-next"),
    path("surveys/<int:pk>/invite/", surveys.invite, name="survey-invite"),
    path("surveys/<int:pk>/links/", surveys.links, name="survey-links"),
    path("surveys/<int:pk>/results/<int:number>/", surveys.results_export, name="survey-results"),
    path("surveys/<int:pk>/edit/", surveys.survey_edit, name="survey-edit"),
    path("surveys/<int:pk>/<slug:deed>/", surveys.deed, name="survey-deed"),
    path("ideas/", ideas.idea_list, name="idea-list"),
    path("ideas/export/", ideas.export, name="idea-export"),
    path("ideas/<int:pk>/", ideas.idea_detail, name="idea-detail"),
    path("ideas/<int:pk>/<slug:deed>/", ideas.deed, name="idea-deed"),
]
