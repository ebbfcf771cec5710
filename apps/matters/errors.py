"""Refusals of the engine.

InvalidInput
`-- InvalidDefinition    the body cannot be kept or published; data["problems"] says why
Refused
|-- ActionNotPossible    the state or a guard does not permit the action now
|-- WrongStanding        the version is past (or before) the point of that deed
`-- Stale
    `-- CaseMoved        somebody else acted on the case first
NotAllowed
`-- SamePerson           who wrote a version may not approve it
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, NotAllowed, Refused, Stale


class ActionNotPossible(Refused):
    """The state of the case, or a guard of the action, does not permit it now."""

    code = "action_not_possible"


class InvalidDefinition(InvalidInput):
    """A definition cannot be kept or published.

    data: {"problems": [sentence]}.
    """

    code = "invalid_definition"


class WrongStanding(Refused):
    """The version is past, or before, the point of that deed."""

    code = "wrong_standing"


class SamePerson(NotAllowed):
    """Who wrote something may not approve it (双人复核)."""

    code = "same_person"


class CaseMoved(Stale):
    """The case is not as the actor saw it; ``data`` tells who did what in between.

    data: {"version", "state", "state_label", "actor", "action", "at" (ISO 8601)}.
    """

    code = "case_moved"

    def __init__(self, *, data: dict[str, Any]) -> None:
        super().__init__(
            _(
                "此案件刚刚由%(actor)s执行了“%(action)s”，当前状态为“%(state)s”。您填写的内容已保留，请核对后再提交。"
            )
            % {"actor": data["actor"], "action": data["action"], "state": data["state_label"]},
            data=data,
        )
