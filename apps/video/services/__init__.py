"""The only writers of cameras and what is done with their pictures.

registering: the register of people. sources: ways, recorders, platforms. access: a camera
reached. standards: standard pictures.
"""

from apps.video.services.access import (
    Taken,
    check_source,
    go_to_preset,
    list_presets,
    open_stream,
    take_picture,
)
from apps.video.services.registering import (
    CameraSpec,
    amend_camera,
    define_form,
    drop_camera,
    register_camera,
    set_camera_active,
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
from apps.video.services.standards import decide_picture, propose_live_picture, propose_picture

__all__ = [
    "CameraSpec",
    "PlatformSpec",
    "RecorderSpec",
    "SourceSpec",
    "Taken",
    "add_clip",
    "amend_camera",
    "check_source",
    "decide_picture",
    "define_form",
    "drop_camera",
    "drop_source",
    "go_to_preset",
    "list_presets",
    "open_stream",
    "propose_live_picture",
    "propose_picture",
    "register_camera",
    "save_platform",
    "save_recorder",
    "save_source",
    "set_camera_active",
    "take_picture",
]
