"""The rows of a registered view as a queryset: a model without table, made while running.

Every definition gets an unmanaged model in a register of its own, so the project's models,
permissions and migrations know nothing of it. Source: GE-10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.contrib.gis.db import models
from django.db import connection
from django.db.models import F, Func, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from apps.common.codes import fresh_code
from apps.geodata.catalogue import KINDS, SRID, Relation
from apps.geodata.models import SpatialView
from apps.geodata.schema import FieldRule
from apps.onemap.enums import FieldKind

GEOMETRY = "geometry"
_STORED_AS: dict[str, Any] = {
    FieldKind.INTEGER: models.BigIntegerField,
    FieldKind.NUMBER: models.FloatField,
    FieldKind.BOOLEAN: models.BooleanField,
    FieldKind.DATE: models.DateField,
    FieldKind.TIME: models.DateTimeField,
    FieldKind.TEXT: models.TextField,
}


@dataclass(frozen=True)
class Definition:
    """What is read of a relation. key, fields: (column, type). geometry: a column."""

    schema: str
    relation: str
    key: tuple[str, str]
    geometry: str
    fields: tuple[tuple[str, str], ...]


def definition_of(view: SpatialView) -> Definition:
    """Will give what a registered view reads."""
    types: dict[str, str] = dict(view.columns)
    return Definition(
        schema=view.schema,
        relation=view.relation,
        key=(view.key_column, types[view.key_column]),
        geometry=view.geometry_column,
        fields=tuple((rule["source"], types[rule["source"]]) for rule in view.fields),
    )


def rows_of(definition: Definition) -> QuerySet[Any]:
    """Will give all rows that have a key and a place; the fields are called ``c0``, ``c1``."""
    found: QuerySet[Any] = _model_of(definition)._default_manager.filter(
        pk__isnull=False, **{f"{GEOMETRY}__isnull": False}
    )
    return found


def expression_of(number: int, column_type: str) -> Combinable:
    """Will give how the field of this number is read: of the type the map expects.

    A time without zone is the city's.
    """
    here = F(f"c{number}")
    kind = KINDS[column_type]
    if column_type == "timestamp":
        zone = Value(settings.TIME_ZONE, output_field=models.TextField())
        return Func(
            here,
            zone,
            template="(%(expressions)s)",
            arg_joiner=" at time zone ",
            output_field=models.DateTimeField(),
        )
    if kind in {FieldKind.NUMBER, FieldKind.TEXT} and column_type not in {"float8", "text"}:
        return Cast(here, _STORED_AS[kind]())
    return here


def is_whole(view: SpatialView, relation: Relation | None) -> bool:
    """Will tell whether the database still has all a view reads, of the same types."""
    if relation is None:
        return False
    present: Mapping[str, list[str]] = {c.name: c.stored for c in relation.columns}
    return all(present.get(name) == [name, kind] for name, kind in view.columns)


def offered_rules(relation: Relation) -> list[FieldRule]:
    """Will propose a field for every column the map can show, named after it."""
    found: list[FieldRule] = []
    used: set[str] = set()
    for column in relation.columns:
        if column.kind is not None:
            name = fresh_code(column.name, used)
            used.add(name)
            found.append(FieldRule(name, column.name, column.name[:40], column.kind))
    return found


@lru_cache(maxsize=256)
def _model_of(definition: Definition) -> type[models.Model]:
    key = _field(definition.key[1], primary_key=True, db_column=definition.key[0])
    members: dict[str, Any] = {
        "__module__": __name__,
        "Meta": type("Meta", (), _meta(definition)),
        "key": key,
        GEOMETRY: models.GeometryField(srid=SRID, db_column=definition.geometry),
    }
    for number, (column, kind) in enumerate(definition.fields):
        members[f"c{number}"] = _field(kind, null=True, db_column=column)
    return type("ViewRow", (models.Model,), members)


def _meta(definition: Definition) -> dict[str, Any]:
    quote = connection.ops.quote_name
    return {
        "app_label": "geodata_views",
        "apps": Apps(),
        "managed": False,
        # Already quoted names are taken as they are: the schema has no other place in Django.
        "db_table": f"{quote(definition.schema)}.{quote(definition.relation)}",
        "default_permissions": (),
    }


def _field(kind: str, **more: Any) -> Any:
    if kind == "uuid":
        return models.UUIDField(**more)
    return _STORED_AS[KINDS[kind]](**more)
