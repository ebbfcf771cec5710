"""The requests everybody may read, personal data covered. Source: GeoReport v2, GET requests.

Listed is a demand that may be public, is neither secret nor of a complaint family, and whose
class is offered as public. A client besides reads what it reported itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant
from apps.common.personal import mask_personal
from apps.gateway.models import ApiClient
from apps.georeport.enums import DETAILED_STATUS, Status
from apps.georeport.models import OpenService, Report
from apps.georeport.selectors.offered import PUBLISHED_TYPES
from apps.hotline.citizen.selectors import area_names
from apps.hotline.enums import ComplaintFamily
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.definition import definition_of
from apps.matters.enums import StateCategory
from apps.matters.models import Case, CaseEvent

CHUNK = 500  # cases whose words are read at once


@dataclass(frozen=True)
class Wanted:
    """What narrows the requests. numbers: only these, whatever else is said.

    since, until: aware; by ``opened_at``. statuses: of ``Status``; empty: both.
    """

    numbers: Sequence[str] = ()
    service_codes: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    statuses: Sequence[str] = ()


@dataclass(frozen=True)
class Shown:
    """One request as it is told. status_notes: the last public words. notes: all of them."""

    case: Case
    service: OpenService
    status_notes: str
    area_name: str
    shows_place: bool
    notes: list[CaseEvent] = field(default_factory=list)

    @property
    def status(self) -> str:
        return str(Status.CLOSED if self.case.is_ended else Status.OPEN)

    @property
    def detailed_status(self) -> str:
        return DETAILED_STATUS[self.case.category]

    @property
    def state_label(self) -> str:
        definition = definition_of(self.case.version_id, self.case.version.body)
        return definition.state(self.case.state).public_label

    @property
    def address(self) -> str:
        return mask_personal(self.case.address) if self.shows_place else self.area_name

    @property
    def text(self) -> str:
        return mask_personal(self.case.text)

    def attributes(self) -> dict[str, Any]:
        """Will give the matter's own values that hold no words of a person."""
        form = definition_of(self.case.version_id, self.case.version.body).form or {}
        told = {
            entry["name"]
            for entry in form.get("fields", [])
            if entry["type"] in PUBLISHED_TYPES and not entry.get("masked")
        }
        return {name: value for name, value in self.case.form_data.items() if name in told}


def readable(tenant: Tenant, client: ApiClient | None) -> QuerySet[Case]:
    """Will give the cases of a body a caller may read, unordered. client: None for strangers."""
    offered = OpenService.objects.filter(tenant=tenant, is_active=True, is_public=True)
    reach = Q(
        is_public=True,
        is_confidential=False,
        demand__is_secret=False,
        demand__family=ComplaintFamily.NONE,
        class_code__in=list(offered.values_list("class_code", flat=True)),
    )
    if client is not None:
        reach |= Q(georeport__client=client)
    return Case.objects.filter(reach, tenant=tenant, matter_type__code=MATTER_TYPE)


def find_requests(tenant: Tenant, client: ApiClient | None, wanted: Wanted) -> QuerySet[Case]:
    """Will give the cases asked for, newest first."""
    found = readable(tenant, client)
    if wanted.numbers:
        return _whole(found.filter(number__in=wanted.numbers))
    if wanted.service_codes:
        services = OpenService.objects.filter(tenant=tenant, code__in=wanted.service_codes)
        found = found.filter(class_code__in=list(services.values_list("class_code", flat=True)))
    if wanted.since is not None:
        found = found.filter(opened_at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(opened_at__lte=wanted.until)
    if set(wanted.statuses) == {Status.OPEN}:
        found = found.exclude(category=StateCategory.ENDED)
    elif set(wanted.statuses) == {Status.CLOSED}:
        found = found.filter(category=StateCategory.ENDED)
    return _whole(found)


def _whole(found: QuerySet[Case]) -> QuerySet[Case]:
    return (
        found.select_related("unit", "version", "georeport__service")
        .defer("search")
        .order_by("-opened_at", "-id")
    )


def tell(
    tenant: Tenant,
    cases: Iterable[Case],
    *,
    client: ApiClient | None = None,
    with_notes: bool = False,
) -> Iterator[Shown]:
    """Will give cases as they are told, reading the words of ``CHUNK`` of them at once."""
    services = {each.class_code: each for each in OpenService.objects.filter(tenant=tenant)}
    rest = iter(cases)
    while chunk := list(islice(rest, CHUNK)):
        names, notes = area_names(chunk), _notes([case.pk for case in chunk], every=with_notes)
        for case in chunk:
            service = services.get(case.class_code) or _reported_as(case)
            if service is None:
                continue
            said = notes.get(case.pk, [])
            is_own = client is not None and _client_of(case) == client.pk
            yield Shown(
                case=case,
                service=service,
                status_notes=mask_personal(said[-1].public_text) if said else "",
                area_name=names.get(case.pk, ""),
                shows_place=service.is_place_public or is_own,
                notes=said if with_notes else [],
            )


def _reported_as(case: Case) -> OpenService | None:
    """Whoever reported it finds it again although it was given another class since."""
    report: Report | None = getattr(case, "georeport", None)
    return report.service if report is not None else None


def _client_of(case: Case) -> int | None:
    report: Report | None = getattr(case, "georeport", None)
    return report.client_id if report is not None else None


def _notes(case_ids: list[int], *, every: bool) -> dict[int, list[CaseEvent]]:
    """The public words of cases, oldest first; only the last one unless every is wanted."""
    found = CaseEvent.objects.filter(case__in=case_ids).exclude(public_text="")
    found = found.defer("data", "note")
    if not every:
        found = found.order_by("case_id", "-seq").distinct("case_id")
    else:
        found = found.order_by("case_id", "seq")
    told: dict[int, list[CaseEvent]] = {}
    for event in found:
        told.setdefault(event.case_id, []).append(event)
    return told


# --- Tokens and updates ------------------------------------------------------------------


def find_by_token(token: str, client: ApiClient | None, tenant: Tenant) -> Report | None:
    """Will give the report a token belongs to; a token is known to its reporter only."""
    found = Report.objects.filter(token=token, case__tenant=tenant).select_related("case")
    if client is not None:
        found = found.filter(client=client)
    return found.first()


def find_updates(
    tenant: Tenant,
    client: ApiClient | None,
    *,
    since: datetime,
    until: datetime,
    numbers: Sequence[str] = (),
) -> QuerySet[CaseEvent]:
    """Will give public words about readable cases in a span, oldest first."""
    found = CaseEvent.objects.filter(
        at__gte=since, at__lte=until, case__in=readable(tenant, client)
    ).exclude(public_text="")
    if numbers:
        found = found.filter(case__number__in=numbers)
    return (
        found.select_related("case__version")
        .defer("data", "note", "case__search", "case__text")
        .order_by("at", "id")
    )


def status_after(event: CaseEvent) -> str:
    """Will give what the extension calls the state an event led to."""
    definition = definition_of(event.case.version_id, event.case.version.body)
    return DETAILED_STATUS[definition.state(event.to_state).category]
