"""One request of the standard carried out, alone or within a batch: an address and a body in,
a status and a document out. Called by views only."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db.utils import DataError
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import DomainError, InvalidInput
from apps.common.patience import OutOfTime, answered_within
from apps.sensing.services import MOST_VALUES
from apps.sensorthings import questions
from apps.sensorthings.entities import BY_NAME, moment, observation_id
from apps.sensorthings.questions import Question, Resource, nothing_there
from apps.sensorthings.selectors import Reader
from apps.sensorthings.services import (
    Taken,
    change_entity,
    create_entity,
    remove_entity,
    take_observations,
)
from apps.sensorthings.told import linked

PATIENCE_SECONDS = 20
SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
CONFORMANCE = [
    f"{SPEC}{name}"
    for name in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "create-update-delete/create-entity",
        "create-update-delete/link-to-existing-entities",
        "create-update-delete/deep-insert",
        "create-update-delete/deep-insert-status-code",
        "create-update-delete/update-entity",
        "create-update-delete/update-entity-put",
        "create-update-delete/delete-entity",
        "create-update-delete/historical-location-auto-creation",
        "batch-request/batch-request",
        "data-array/data-array",
    )
]


class TooLarge(DomainError):
    """More than one call may bring."""

    status = 413
    code = "too_large"


@dataclass(frozen=True)
class Answer:
    """What is answered. text: instead of a document, as plain text."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True)
class Desk:
    """Serves one caller. root: the address of the service; cover: see ``selectors.Reader``."""

    viewer: User
    root: str
    cover: Callable[[Any], Any] | None = None

    def front(self) -> Answer:
        """Will answer what there is here and what is conformed to."""
        sets = [
            {"name": each.plural, "url": f"{self.root}/{each.plural}"} for each in BY_NAME.values()
        ]
        return Answer(document={"value": sets, "serverSettings": {"conformance": CONFORMANCE}})

    def get(self, path: str, query: QueryDict) -> Answer:
        """Will read. Raises: NotFound; InvalidInput."""
        resource = questions.read_resource(path)
        question = questions.read_question(questions.plain(query), resource.entity)
        reader = Reader(self.viewer, self.root, self.cover)
        with _limited():
            if resource.is_one:
                return self._one(reader, resource, question)
            return self._page(reader, resource, question, query, path)

    def post(self, path: str, body: Any) -> Answer:
        """Will create. Raises: as ``services.create_entity``; NotFound; TooLarge."""
        resource = questions.read_resource(path)
        if resource.is_one or resource.shown or resource.refs:
            raise nothing_there()
        made = create_entity(
            self.viewer, name=resource.entity.name, body=body, given=self._given(resource)
        )
        reader = Reader(self.viewer, self.root, self.cover)
        if isinstance(made, Taken):
            return self._taken(reader, made, body)
        link = reader.self_link(resource.entity, made.pk)
        step = questions.Step(resource.entity, key=str(made.pk))
        document = reader.one(Resource((step,)), Question())
        return Answer(201, document, {"Location": link})

    def patch(self, path: str, body: Any, *, whole: bool = False) -> Answer:
        """Will change. Raises: as ``services.change_entity``."""
        resource, key = self._target(path)
        change_entity(self.viewer, name=resource.entity.name, key=key, body=body, whole=whole)
        return Answer(document=Reader(self.viewer, self.root, self.cover).one(resource, Question()))

    def delete(self, path: str) -> Answer:
        """Will take away. Raises: as ``services.remove_entity``."""
        resource, key = self._target(path)
        remove_entity(self.viewer, name=resource.entity.name, key=key)
        return Answer(document={})

    def create_observations(self, body: Any) -> Answer:
        """Will take data arrays in; answers a link or "error" for each row, in order.

        Raises: InvalidInput (it is no list of data arrays); TooLarge.
        """
        bodies = list(_rows(body))
        if len(bodies) > MOST_VALUES:
            raise too_many()
        reader = Reader(self.viewer, self.root)
        entity = BY_NAME["Observation"]
        links = [
            reader.self_link(entity, observation_id(taken.series_id, taken.at))
            if taken.error is None and taken.at is not None
            else "error"
            for taken in take_observations(self.viewer, bodies=bodies)
        ]
        return Answer(201, links)

    def _one(self, reader: Reader, resource: Resource, question: Question) -> Answer:
        if not resource.shown:
            return Answer(document=reader.one(resource, question))
        name = "@iot.id" if resource.shown == "id" else resource.shown
        found = reader.one(resource, Question(select=frozenset({resource.shown})))
        if not resource.raw:
            return Answer(document={resource.shown: found.get(name)})
        value = found.get(name)
        if value is None:
            return Answer(204, text="")
        if isinstance(value, dict | list):
            return Answer(document=value)
        return Answer(text=str(value).lower() if isinstance(value, bool) else str(value))

    def _page(
        self, reader: Reader, resource: Resource, question: Question, query: QueryDict, path: str
    ) -> Answer:
        if resource.refs:
            question = Question(
                top=question.top, skip=question.skip, count=question.count,
                where=question.where, order=question.order, said=question.said,
                select=frozenset({"@iot.selfLink"}),
            )  # fmt: skip
        elif question.data_array:
            return Answer(document=self._data_array(reader, resource, question, path))
        page = reader.page(resource, question)
        document: dict[str, Any] = {}
        if page.total is not None:
            document["@iot.count"] = page.total
        if page.more and question.top:
            document["@iot.nextLink"] = f"{self.root}/{path.strip('/')}?{question.behind()}"
        document["value"] = page.documents
        return Answer(document=document)

    def _data_array(
        self, reader: Reader, resource: Resource, question: Question, path: str
    ) -> dict[str, Any]:
        chosen = [
            name
            for name in ("id", *resource.entity.properties)
            if question.select is None or name in question.select
        ]
        # The datastream of each row is in its name, which is therefore always read.
        wanted = frozenset({"@iot.id", *chosen})
        page = reader.page(
            resource,
            Question(question.top, question.skip, question.count, question.where,
                     question.order, wanted, said=question.said),
        )  # fmt: skip
        arrays: dict[str, list[list[Any]]] = {}
        for each in page.documents:
            series = str(each["@iot.id"]).partition("-")[0]
            row = [each.get("@iot.id" if name == "id" else name) for name in chosen]
            arrays.setdefault(series, []).append(row)
        document: dict[str, Any] = {}
        if page.total is not None:
            document["@iot.count"] = page.total
        if page.more and question.top:
            document["@iot.nextLink"] = f"{self.root}/{path.strip('/')}?{question.behind()}"
        document["value"] = [
            {
                "Datastream@iot.navigationLink": f"{self.root}/Datastreams({series})",
                "components": chosen,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for series, rows in arrays.items()
        ]
        return document

    def _given(self, resource: Resource) -> dict[str, Any]:
        """What the address says beside the set: the one entity before it."""
        if len(resource.steps) == 1:
            return {}
        before = resource.steps[:-1]
        source = Reader(self.viewer, self.root).rows(before).first()
        if source is None:
            raise nothing_there()
        return {before[-1].entity.name: source}

    def _target(self, path: str) -> tuple[Resource, str]:
        resource = questions.read_resource(path)
        key = resource.steps[-1].key
        if len(resource.steps) != 1 or key is None or resource.shown:
            raise nothing_there()
        return resource, key

    def _taken(self, reader: Reader, taken: Taken, body: Any) -> Answer:
        """The observation as it was told: reading it again would cost as much as storing it."""
        assert taken.at is not None, "what was taken has its moment"
        entity = BY_NAME["Observation"]
        key = observation_id(taken.series_id, taken.at)
        link = reader.self_link(entity, key)
        told = {
            name: body[name]
            for name in ("resultQuality", "validTime", "parameters")
            if name in body
        }
        document = {
            "@iot.id": key,
            "@iot.selfLink": link,
            "phenomenonTime": body.get("phenomenonTime") or moment(taken.at),
            "resultTime": body.get("resultTime"),
            "result": taken.value,
            **told,
            **{f"{name}@iot.navigationLink": f"{link}/{name}" for name in entity.ways},
        }
        return Answer(201, document, {"Location": link})


def too_many() -> TooLarge:
    """The refusal of a call with too many observations."""
    return TooLarge(
        _("一次上报不能超过 %(n)d 个值，请分批") % {"n": MOST_VALUES}, field="dataArray"
    )


def _rows(body: Any) -> Iterator[tuple[int, Any]]:
    if not isinstance(body, list):
        raise InvalidInput(_("内容应为数据数组的列表"), field="body")
    count = 0
    for told in body:
        if not isinstance(told, dict):
            raise InvalidInput(_("内容应为数据数组的列表"), field="body")
        key = linked(told.get("Datastream"), "Datastream")
        names, rows = told.get("components"), told.get("dataArray")
        if (
            key is None
            or not isinstance(names, list)
            or not isinstance(rows, list)
            or not all(isinstance(name, str) for name in names)
        ):
            raise InvalidInput(_("components 和 dataArray 应为列表"), field="dataArray")
        count += len(rows)
        if count > MOST_VALUES:
            raise too_many()
        series = int(key) if key.isascii() and key.isdigit() and len(key) <= 18 else -1
        for row in rows:
            yield series, _observation(names, row)


def _observation(names: list[str], row: Any) -> Any:
    if not isinstance(row, list) or len(row) != len(names):
        return None
    body = dict(zip(names, row, strict=True))
    body.pop("id", None)
    if "FeatureOfInterest/id" in body:
        body["FeatureOfInterest"] = {"@iot.id": body.pop("FeatureOfInterest/id")}
    return body


@contextmanager
def _limited() -> Iterator[None]:
    """Ends a reading that takes too long, and says what a filter asks that no value can be.

    Raises: InvalidInput.
    """
    try:
        with answered_within(PATIENCE_SECONDS):
            yield
    except OutOfTime as error:
        raise InvalidInput(_("查询用时过长，请缩小范围或简化条件"), field="$filter") from error
    except DataError as error:
        raise InvalidInput(_("条件中的值无法计算"), field="$filter") from error
