"""Views and tables of base libraries as the database's own catalogue knows them.

Names come from here or are compared with it, always as values of a statement. Only schemas
of ``GEODATA_VIEW_SCHEMAS`` are read; ``public``, the schema of this project's own tables and
those of PostgreSQL never, whatever the setting says. Materialized views are in ``pg_catalog``
but not in ``information_schema``, so the former is asked. Source: GE-10.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from apps.onemap.enums import FieldKind, Geometry

SRID = 4326
KINDS = {
    "int2": FieldKind.INTEGER,
    "int4": FieldKind.INTEGER,
    "int8": FieldKind.INTEGER,
    "numeric": FieldKind.NUMBER,
    "float4": FieldKind.NUMBER,
    "float8": FieldKind.NUMBER,
    "bool": FieldKind.BOOLEAN,
    "date": FieldKind.DATE,
    "timestamp": FieldKind.TIME,
    "timestamptz": FieldKind.TIME,
    "text": FieldKind.TEXT,
    "varchar": FieldKind.TEXT,
    "bpchar": FieldKind.TEXT,
    "name": FieldKind.TEXT,
    "uuid": FieldKind.TEXT,
}
KEY_TYPES = ("int2", "int4", "int8", "text", "varchar", "uuid")
# Names that need no thought in any statement; others are not offered.
_NAME = re.compile(r"[^\W\d]\w*")
_SHAPES = {
    "point": Geometry.POINT,
    "linestring": Geometry.LINE,
    "multilinestring": Geometry.LINE,
    "polygon": Geometry.POLYGON,
    "multipolygon": Geometry.POLYGON,
}
_COLUMNS = r"""
    select space.nspname, relation.relname, attribute.attname,
        coalesce(base.typname, kind.typname),
        case when kind.typname = 'geometry' then postgis_typmod_srid(attribute.atttypmod) end,
        case when kind.typname = 'geometry' then postgis_typmod_type(attribute.atttypmod) end
    from pg_catalog.pg_class relation
    join pg_catalog.pg_namespace space on space.oid = relation.relnamespace
    join pg_catalog.pg_attribute attribute on attribute.attrelid = relation.oid
        and attribute.attnum > 0 and not attribute.attisdropped
    join pg_catalog.pg_type kind on kind.oid = attribute.atttypid
    left join pg_catalog.pg_type base on kind.typtype = 'd' and base.oid = kind.typbasetype
    where space.nspname = any(%s) and (%s::text[] is null or relation.relname = any(%s))
        and space.nspname not in ('public', 'information_schema', current_schema())
        and not starts_with(space.nspname::text, 'pg_')
        and relation.relkind in ('r', 'v', 'm', 'f', 'p')
        and has_schema_privilege(space.oid, 'usage')
        and has_table_privilege(relation.oid, 'select')
    order by space.nspname, relation.relname, attribute.attnum
"""


@dataclass(frozen=True)
class Column:
    """One column. type: of PostgreSQL, domains by what they stand on. srid, shape: of a
    geometry; 0 and "Geometry" where its type does not say."""

    name: str
    type: str
    srid: int | None = None
    shape: str = ""

    @property
    def is_geometry(self) -> bool:
        return self.type == "geometry"

    @property
    def kind(self) -> FieldKind | None:
        """What the map shows it as; None: nothing the map can show."""
        return KINDS.get(self.type)

    @property
    def stored(self) -> list[str]:
        """As it is remembered with a registered view."""
        return [self.name, f"geometry({self.shape},{self.srid})" if self.is_geometry else self.type]


@dataclass(frozen=True)
class Relation:
    """One view or table with its columns in order."""

    schema: str
    name: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Will give the column of this name."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def geometries(self) -> list[Column]:
        return [c for c in self.columns if c.is_geometry]

    @property
    def keys(self) -> list[Column]:
        return [c for c in self.columns if c.type in KEY_TYPES]


def schemas_of(tenant_code: str | None = None) -> list[str]:
    """Will give the schemas whose views this body may show; of all bodies without a code.

    An entry ``schema:body`` is for that body alone, ``schema`` for every one.
    """
    found = []
    for entry in settings.GEODATA_VIEW_SCHEMAS:
        schema, _colon, body = entry.strip().partition(":")
        if not body or tenant_code is None or body == tenant_code:
            found.append(schema)
    return found


def relations(schemas: Iterable[str], names: Iterable[str] | None = None) -> list[Relation]:
    """Will give the views and tables that may be read there, with a geometry or without.

    Relations and columns with unusual names (quotes, blanks, percent signs) are left out.
    """
    wanted = list(names) if names is not None else None
    columns: dict[tuple[str, str], list[Column]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [list(schemas), wanted, wanted])
        for schema, relation, name, kind, srid, shape in cursor.fetchall():
            if all(_NAME.fullmatch(said) for said in (schema, relation, name)):
                column = Column(name, kind, srid, shape or "")
                columns.setdefault((schema, relation), []).append(column)
    return [Relation(*place, tuple(found)) for place, found in columns.items()]


def find_relation(tenant_code: str, schema: str, name: str) -> Relation | None:
    """Will give one of those the body may show."""
    if schema not in schemas_of(tenant_code):
        return None
    return next(iter(relations([schema], [name])), None)


def geometry_of(shape: str) -> Geometry:
    """Will give how features of a column of this type are drawn; multi-points as a mixture,
    because counting points per cell takes single ones."""
    plain = shape.lower().removesuffix("zm").removesuffix("z").removesuffix("m")
    return _SHAPES.get(plain, Geometry.MIXED)
