from django.urls import path

from apps.hotline.citizen.views import figures, reading, report, track

app_name = "citizen"

urlpatterns = [
    path("", reading.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/places/", report.place_candidates, name="places"),
    path("report/photos/<str:url_key>/", report.photo_preview, name="photo"),
    path("report/done/<str:number>/", report.report_done, name="report-done"),
    path("track/", track.track, name="track"),
    path("track/leave/", track.leave, name="leave"),
    path("track/<str:number>/", track.progress, name="progress"),
    path("track/<str:number>/live/", track.progress_live, name="progress-live"),
    path("track/<str:number>/complete/", track.complete, name="complete"),
    path("track/<str:number>/evaluate/", track.evaluate, name="evaluate"),
    path(
        "track/<str:number>/files/<int:attachment_id>/", track.progress_file, name="progress-file"
    ),
    path("results/", reading.result_list, name="results"),
    path("results/<str:number>/", reading.result_detail, name="result"),
    path("figures/", figures.book, name="figures"),
    path("answers/", reading.answer_list, name="answers"),
    path("answers/<int:article_id>/", reading.answer_detail, name="answer"),
    path("answers/<int:article_id>/helpful/", reading.answer_helpful, name="answer-helpful"),
]
