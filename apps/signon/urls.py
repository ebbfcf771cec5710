from django.urls import path

from apps.signon.views import applications, pushing, upstream

app_name = "signon"

urlpatterns = [
    path("upstream/login/", upstream.login, name="upstream-login"),
    path("upstream/callback/", upstream.callback, name="upstream-callback"),
    path("upstream/logout/", upstream.logout, name="upstream-logout"),
    path("upstream/", upstream.links, name="upstream-links"),
    path("upstream/<int:pk>/unlink/", upstream.unlink, name="upstream-unlink"),
    path("", applications.tiles, name="tiles"),
    path("applications/", applications.application_list, name="application-list"),
    path("applications/new/", applications.application_create, name="application-create"),
    path("applications/<int:pk>/", applications.application_detail, name="application-detail"),
    path("applications/<int:pk>/edit/", applications.application_edit, name="application-edit"),
    path("applications/<int:pk>/secret/", applications.secret_issue, name="secret-issue"),
    path("applications/<int:pk>/live/", applications.application_go_live, name="go-live"),
    path("applications/<int:pk>/items/<slug:item>/", applications.item_settle, name="item-settle"),
    path("applications/<int:pk>/suspend/", applications.application_suspend, name="suspend"),
    path("applications/<int:pk>/push/", pushing.push_detail, name="push-detail"),
    path("applications/<int:pk>/push/<int:person>/retry/", pushing.push_retry, name="push-retry"),
    *(
        path(
            f"applications/<int:pk>/push/{deed}/",
            pushing.push_deed,
            {"deed": deed},
            name=f"push-{deed}",
        )
        for deed in ("ask", "stop", "all")
    ),
    path("applications/<int:pk>/logouts/", applications.logout_list, name="logout-list"),
    path(
        "applications/<int:pk>/logouts/<int:delivery>/retry/",
        applications.logout_retry,
        name="logout-retry",
    ),
]
