from django.urls import path, re_path

from apps.sensorthings.views.batch import Batch
from apps.sensorthings.views.entities import CreateObservations, Resource, Root
from apps.sensorthings.views.following import BrokerLoginView, FollowedView

app_name = "sensorthings"

# Without a slash at the end, as the standard writes them; the root with and without.
urlpatterns = [
    re_path(r"^v1\.1/?$", Root.as_view(), name="root"),
    path("v1.1/$batch", Batch.as_view(), name="batch"),
    path("v1.1/CreateObservations", CreateObservations.as_view(), name="create-observations"),
    path("mqtt/followed", FollowedView.as_view(), name="followed"),
    path("mqtt/login", BrokerLoginView.as_view(), name="broker-login"),
    path("v1.1/<path:resource>", Resource.as_view(), name="resource"),
]
