"""Django's ``migrate``, in half the time where nothing is there yet.

Behind every model a migration creates, Django makes the classes of all related models anew, which
here, where nearly all lead to a person, is hundreds of classes for each of hundreds of models: a
minute of a processor. On an empty database a class is made for the new model alone; what it points
to hears of it as it does when a program starts. Every other change goes Django's own way, and so
does every migration of a database that holds something. The tables come out the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        if MigrationRecorder(connections[options["database"]]).applied_migrations():
            super().handle(*args, **options)
            return
        with new_models_alone():
            super().handle(*args, **options)


@contextmanager
def new_models_alone() -> Iterator[None]:
    """Will make no class anew for a model that was not there before. Not for two threads."""
    whole = ProjectState.add_model

    def add(self: ProjectState, model_state: ModelState) -> None:
        key = (model_state.app_label, model_state.name_lower)
        if "apps" not in self.__dict__ or key in self.models:
            whole(self, model_state)
            return
        self.models[key] = model_state
        if self._relations is not None:  # type: ignore[attr-defined]
            self.resolve_model_relations(key)
        self.apps.render_multiple([model_state])

    ProjectState.add_model = add  # type: ignore[method-assign]
    try:
        yield
    finally:
        ProjectState.add_model = whole  # type: ignore[method-assign]
