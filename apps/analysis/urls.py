from django.urls import path

from apps.analysis.views import findings, jobs

app_name = "analysis"

urlpatterns = [
    path("", jobs.job_list, name="job-list"),
    path("export/", jobs.job_export, name="job-export"),
    path("new/", jobs.job_edit, name="job-new"),
    path("cameras/<slug:code>/picture/", jobs.camera_picture, name="camera-picture"),
    path("findings/", findings.finding_list, name="finding-list"),
    path("findings/export/", findings.finding_export, name="finding-export"),
    path("findings/<int:pk>/", findings.finding_detail, name="finding-detail"),
    path("findings/<int:pk>/picture/", findings.finding_picture, name="finding-picture"),
    path("findings/<int:pk>/reveal/", findings.finding_reveal, name="finding-reveal"),
    path("lanes/", findings.lane_list, name="lane-list"),
    path("lanes/export/", findings.lane_export, name="lane-export"),
    path("versions/", findings.version_list, name="version-list"),
    path("versions/export/", findings.version_export, name="version-export"),
    path("<int:pk>/", jobs.job_detail, name="job-detail"),
    path("<int:pk>/edit/", jobs.job_edit, name="job-edit"),
    path("<int:pk>/changes/<int:change_id>/", jobs.change_decide, name="change-decide"),
    path("<int:pk>/<slug:deed>/", jobs.job_do, name="job-do"),
]
