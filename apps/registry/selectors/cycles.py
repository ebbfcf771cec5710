"""Visits of firms, places and goods that are due, and how late they are (GR-06)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.common import clock
from apps.registry import permissions
from apps.registry.enums import FileKind
from apps.registry.models import FileCycle, RegistryFile
from apps.registry.selectors.values import shown_title

#: What may have a cycle of its own; people have one by the grade of their group.
CYCLED = (FileKind.FIRM, FileKind.SITE, FileKind.GOODS)


@dataclass(frozen=True)
class DueFile:
    """A file whose visit is due, as lists show it."""

    cycle: FileCycle
    title: str
    days_late: int


def list_due_files(viewer: User, *, until: date, area_path: str = "") -> QuerySet[FileCycle]:
    """Will give the open files in reach whose visit is due by a day, the latest first."""
    reach = permissions.within_reach(viewer, *permissions.READERS, prefix="file__")
    found = FileCycle.objects.filter(reach, file__to_on=None, due_on__lte=until)
    if area_path:
        found = found.filter(file__area_path__startswith=area_path)
    details = (f"file__{kind}" for kind in CYCLED)
    return found.select_related("file__area", *details).defer("file__area__boundary")


def as_due_file(cycle: FileCycle) -> DueFile:
    """Will give a due file as lists show it."""
    late = (clock.today() - cycle.due_on).days
    return DueFile(cycle, shown_title(cycle.file), max(late, 0))


def cycle_of(file: RegistryFile) -> DueFile | None:
    """Will give the cycle of a file, None where it has none."""
    found = FileCycle.objects.filter(file=file).select_related("file").first()
    return as_due_file(found) if found is not None else None
