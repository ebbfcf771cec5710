"""The writers of the registry, by topic."""

from apps.registry.services.care import (
    break_glass,
    change_enrolment,
    enrol,
    open_enrolment,
    remind_late,
    require_open,
)
from apps.registry.services.collecting import (
    check_target,
    close_task,
    draw_sample,
    end_share,
    give_task,
    log_share_read,
    share_fields,
)
from apps.registry.services.cycles import set_cycle
from apps.registry.services.editing import close_file, edit_file, find_edit, settle_edit
from apps.registry.services.linking import end_relation, link_files
from apps.registry.services.readings import import_readings
from apps.registry.services.revealing import log_reading, log_search, reveal_file
from apps.registry.services.taking_over import NewFile, NewLink, take_over
from apps.registry.services.types import (
    add_shipped_types,
    define_fields,
    save_type,
    shipped_body,
)
from apps.registry.services.visiting import VisitData, record_visit

__all__ = [
    "NewFile",
    "NewLink",
    "VisitData",
    "add_shipped_types",
    "break_glass",
    "change_enrolment",
    "check_target",
    "close_file",
    "close_task",
    "define_fields",
    "draw_sample",
    "edit_file",
    "end_relation",
    "end_share",
    "enrol",
    "find_edit",
    "give_task",
    "import_readings",
    "link_files",
    "log_reading",
    "log_search",
    "log_share_read",
    "open_enrolment",
    "record_visit",
    "remind_late",
    "require_open",
    "reveal_file",
    "save_type",
    "set_cycle",
    "settle_edit",
    "share_fields",
    "shipped_body",
    "take_over",
]
