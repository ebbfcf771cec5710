"""The root, the entities, and readings by the array."""

from django.http import HttpResponse
from rest_framework.request import Request

from apps.sensorthings.views.base import DeskView


class Root(DeskView):
    """What there is here."""

    def get(self, request: Request) -> HttpResponse:
        return self.answer(self.desk.front())


class Resource(DeskView):
    """Entities and sets of them, by their paths."""

    def get(self, request: Request, resource: str) -> HttpResponse:
        return self.answer(self.desk.get(resource, request._request.GET))

    def post(self, request: Request, resource: str) -> HttpResponse:
        return self.answer(self.desk.post(resource, request.data))

    def patch(self, request: Request, resource: str) -> HttpResponse:
        return self.answer(self.desk.patch(resource, request.data))

    def put(self, request: Request, resource: str) -> HttpResponse:
        return self.answer(self.desk.patch(resource, request.data, whole=True))

    def delete(self, request: Request, resource: str) -> HttpResponse:
        return self.answer(self.desk.delete(resource))


class CreateObservations(DeskView):
    """Takes many observations in one call."""

    def post(self, request: Request) -> HttpResponse:
        return self.answer(self.desk.create_observations(request.data))
