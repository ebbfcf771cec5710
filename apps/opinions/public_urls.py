from django.urls import path

from apps.opinions.views import public_board, public_papers, public_surveys

app_name = "opinions-public"

urlpatterns = [
    path("phone/", public_board.phone, name="phone"),
    path("phone/leave/", public_board.leave, name="leave"),
    path("opinions/", public_papers.collection_list, name="collections"),
    path("opinions/<int:pk>/", public_papers.collection, name="collection"),
    path("opinions/<int:pk>/done/", public_papers.collection_done, name="collection-done"),
    path("opinions/<int:pk>/files/<int:file_id>/", public_papers.paper, name="paper"),
    path("surveys/", public_surveys.survey_list, name="surveys"),
    path("surveys/<int:pk>/", public_surveys.survey, name="survey"),
    path("surveys/<int:pk>/links/<str:token>/", public_surveys.by_link, name="survey-link"),
    path("ideas/", public_board.idea_list, name="ideas"),
    path("ideas/new/", public_board.idea_new, name="idea-new"),
    path("ideas/similar/", public_board.similar, name="idea-similar"),
    path("ideas/<int:pk>/", public_board.idea, name="idea"),
    path("ideas/<int:pk>/vote/", public_board.idea_vote, name="idea-vote"),
]
