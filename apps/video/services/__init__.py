"""The only writers of cameras and what is done with their pictures.

registering: the register of people. sources: ways, recorders, platforms. access: a camera
reached. standards: standard pictures. watching: looks. steering: heads turned by hand.
sharing: cameras of others. exchanging: catalogues. recording: what was recorded.
enforcement: media of officers. gates: gate cameras and what they counted.
"""

from apps.video.services.access import (
    Taken,
    check_source,
    go_to_preset,
    list_presets,
    open_stream,
    take_picture,
)
from apps.video.services.consents import attach_consent, open_consent
from apps.video.services.enforcement import (
    MediaSpec,
    add_media,
    erase_due,
    hold_media,
    label_media,
    note_opened,
)
from apps.video.services.exchanging import (
    exchange_all,
    pull_catalogue,
    push_catalogue,
)
from apps.video.services.files import COLUMNS, import_cameras, note_export
from apps.video.services.gates import MOST_ROWS as MOST_GATE_ROWS
from apps.video.services.gates import HourSaid, forget_hours, save_gate
from apps.video.services.gates import take_hours as take_gate_hours
from apps.video.services.recording import (
    ask_recorder,
    ask_recorders,
    forget_recordings,
    record_presence,
)
from apps.video.services.registering import (
    CameraSpec,
    amend_camera,
    define_form,
    drop_camera,
    newest_form,
    register_camera,
    set_camera_active,
)
from apps.video.services.sharing import (
    ask_for_camera,
    decide_request,
    end_grant,
    withdraw_request,
)
from apps.video.services.sources import (
    PlatformSpec,
    RecorderSpec,
    SourceSpec,
    add_clip,
    drop_source,
    save_platform,
    save_recorder,
    save_source,
)
from apps.video.services.standards import (
    decide_picture,
    propose_live_picture,
    propose_picture,
)
from apps.video.services.steering import (
    Held,
    end_stale_holds,
    leave_head,
    take_head,
    turn_head,
)
from apps.video.services.watching import (
    Opened,
    admit,
    finish,
    keep_watching,
    play,
    reopen,
)

__all__ = [
    "COLUMNS",
    "MOST_GATE_ROWS",
    "CameraSpec",
    "Held",
    "HourSaid",
    "MediaSpec",
    "Opened",
    "PlatformSpec",
    "RecorderSpec",
    "SourceSpec",
    "Taken",
    "add_clip",
    "add_media",
    "admit",
    "amend_camera",
    "ask_for_camera",
    "ask_recorder",
    "ask_recorders",
    "attach_consent",
    "check_source",
    "decide_picture",
    "decide_request",
    "define_form",
    "drop_camera",
    "drop_source",
    "end_grant",
    "end_stale_holds",
    "erase_due",
    "exchange_all",
    "finish",
    "forget_hours",
    "forget_recordings",
    "go_to_preset",
    "hold_media",
    "import_cameras",
    "keep_watching",
    "label_media",
    "leave_head",
    "list_presets",
    "newest_form",
    "note_export",
    "note_opened",
    "open_consent",
    "open_stream",
    "play",
    "propose_live_picture",
    "propose_picture",
    "pull_catalogue",
    "push_catalogue",
    "record_presence",
    "register_camera",
    "reopen",
    "save_gate",
    "save_platform",
    "save_recorder",
    "save_source",
    "set_camera_active",
    "take_gate_hours",
    "take_head",
    "take_picture",
    "turn_head",
    "withdraw_request",
]
