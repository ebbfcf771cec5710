"""A new model is known to what it points to, without the classes of others made anew."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState

from apps.common.management.commands.migrate import changed_models_alone

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
    with changed_models_alone():
        to_cage = models.ForeignKey("zoo.Cage", models.CASCADE)
        state.add_model(_model("Bear", cage=to_cage))
    bear = state.apps.get_model("zoo", "bear")
    assert bear._meta.get_field("cage").related_model is cage is state.apps.get_model("zoo", "cage")
    assert [each.related_model for each in cage._meta.related_objects] == [bear]


def test_a_model_that_was_there_is_made_anew_as_django_does() -> None:
    state = _state()
    cage = state.apps.get_model("zoo", "cage")
    with changed_models_alone():
        state.add_model(_model("Cage", bars=models.IntegerField()))
    assert state.apps.get_model("zoo", "cage") is not cage
    assert state.apps.get_model("zoo", "cage")._meta.get_field("bars")


def test_afterwards_django_is_as_it_was() -> None:
    with changed_models_alone():
        assert ProjectState.add_model is not BORN
    assert ProjectState.add_model is BORN


CHANGES = [
    migrations.CreateModel("Cage", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel(
        "Bear",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("cage", models.ForeignKey("zoo.Cage", models.CASCADE)),
        ],
    ),
    migrations.AddField("Cage", "bars", models.IntegerField(default=7)),
    migrations.AddField("Cage", "best", models.ForeignKey("zoo.Bear", models.CASCADE, null=True)),
    migrations.AddIndex("Cage", models.Index(fields=["bars"], name="zoo_cage_bars")),
    migrations.AddConstraint(
        "Bear", models.UniqueConstraint(fields=["cage"], name="zoo_bear_alone")
    ),
    migrations.AlterField("Cage", "id", models.BigAutoField(primary_key=True)),
    migrations.RunPython(
        lambda apps, editor: (
            apps.get_model("zoo", "Bear")
            .objects.filter(cage__bars=7, cage__bear__isnull=False)
            .delete()
        )
    ),
    migrations.RenameModel("Cage", "Den"),
    migrations.RenameField("Bear", "cage", "den"),
    migrations.RemoveField("Den", "best"),
]
TABLES = """
    select table_name, column_name, data_type, is_nullable from information_schema.columns
    where table_name like 'zoo\\_%%'
    union all
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' from pg_constraint
    where conrelid::regclass::text like 'zoo\\_%%'
    union all
    select tablename, indexname, indexdef, '' from pg_indexes where tablename like 'zoo\\_%%'
    order by 1, 2, 3
"""


def _built() -> list[tuple[str, ...]]:
    state = ProjectState()
    assert not state.apps.get_models()
    for change in CHANGES:
        before = state.clone()
        change.state_forwards("zoo", state)
        with connection.schema_editor() as editor:
            change.database_forwards("zoo", editor, before, state)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        found: list[tuple[str, ...]] = cursor.fetchall()
        cursor.execute("drop table zoo_bear, zoo_den")
    return found


@pytest.mark.django_db
def test_the_tables_come_out_as_django_makes_them() -> None:
    theirs = _built()
    with changed_models_alone():
        ours = _built()
    assert ours == theirs
    assert ("zoo_bear", "den_id", "bigint", "NO") in ours
    assert len(ours) > 8
