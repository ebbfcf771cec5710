"""The only writers of collections, surveys and ideas."""

from apps.opinions.services.answering import (
    Respondent,
    by_link,
    by_person,
    by_receipt,
    save_answer,
)
from apps.opinions.services.collections import (
    Notice,
    draft_collection,
    edit_collection,
    publish_collection,
    publish_summary,
    send_back_collection,
    submit_collection,
    write_summary,
)
from apps.opinions.services.ideas import (
    admit_idea,
    adopt_idea,
    decline_idea,
    refuse_idea,
    submit_idea,
    vote,
)
from apps.opinions.services.inviting import Sample, invite, send_invites
from apps.opinions.services.opinions import Said, decide_opinions, write_opinion
from apps.opinions.services.surveys import (
    Draft,
    draft_survey,
    edit_version,
    make_links,
    next_version,
    publish_version,
    send_back_version,
    submit_version,
)

__all__ = [
    "Draft",
    "Notice",
    "Respondent",
    "Said",
    "Sample",
    "admit_idea",
    "adopt_idea",
    "by_link",
    "by_person",
    "by_receipt",
    "decide_opinions",
    "decline_idea",
    "draft_collection",
    "draft_survey",
    "edit_collection",
    "edit_version",
    "invite",
    "make_links",
    "next_version",
    "publish_collection",
    "publish_summary",
    "publish_version",
    "refuse_idea",
    "save_answer",
    "send_back_collection",
    "send_back_version",
    "send_invites",
    "submit_collection",
    "submit_idea",
    "submit_version",
    "vote",
    "write_opinion",
    "write_summary",
]
