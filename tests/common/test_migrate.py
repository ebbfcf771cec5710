"""A new model is known to what it points to, without the classes of others made anew."""

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from apps.common.management.commands.migrate import new_models_alone

BORN = ProjectState.add_model


def _model(name: str, **fields: models.Field) -> ModelState:
    return ModelState("zoo", name, [("id", models.BigAutoField(primary_key=True)), *fields.items()])


def _state() -> ProjectState:
    state = ProjectState()
    state.add_model(_model("Cage"))
    assert state.apps.get_model("zoo", "cage")
    return state


def test_a_new_model_stands_beside_those_that_were_there() -> None:
    state = _state()
    cage = state.apps.get_model("zoo", "cage")
    with new_models_alone():
        to_cage = models.ForeignKey("zoo.Cage", models.CASCADE)
        state.add_model(_model("Bear", cage=to_cage))
    bear = state.apps.get_model("zoo", "bear")
    assert bear._meta.get_field("cage").related_model is cage is state.apps.get_model("zoo", "cage")
    assert [each.related_model for each in cage._meta.related_objects] == [bear]


def test_a_model_that_was_there_is_made_anew_as_django_does() -> None:
    state = _state()
    cage = state.apps.get_model("zoo", "cage")
    with new_models_alone():
        state.add_model(_model("Cage", bars=models.IntegerField()))
    assert state.apps.get_model("zoo", "cage") is not cage
    assert state.apps.get_model("zoo", "cage")._meta.get_field("bars")


def test_afterwards_django_is_as_it_was() -> None:
    with new_models_alone():
        assert ProjectState.add_model is not BORN
    assert ProjectState.add_model is BORN
