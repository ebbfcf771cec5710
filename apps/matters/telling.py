"""What one citizen is told of a case that others reported too: own number, nobody else's name.

A main case's public words were written to its own reporter. Before they go to the reporter of a
case merged into it, they lose everything that is about the first. Source: TX-02, HL-16.
"""

import re

from django.utils.translation import gettext as _

from apps.matters.models import Case
from apps.matters.registry import extension_of, merged_answer

SHORTEST_NAME = 2
# 张先生, 张三女士: the surname alone names somebody to the neighbours.
_TITLES = "先生|女士|小姐|同志|师傅|老师|大爷|阿姨"


def own_words(text: str, *, main: Case, twin: Case) -> str:
    """Will give the main case's public words as the twin's reporter may read them.

    The receipt number becomes the twin's; name, forms of address by surname and telephone of the
    main case's reporter are taken out. "" where the main reporter is confidential: nothing
    written to that person goes to anybody else.
    """
    if main.is_confidential:
        return ""
    said = text.replace(main.number, twin.number)
    reporter = extension_of(main.matter_type.code).reporter(main) or {}
    name, phone = reporter.get("name", "").strip(), reporter.get("phone", "").strip()
    if phone:
        said = said.replace(phone, _("(电话略)"))
    if len(name) >= SHORTEST_NAME:
        said = re.sub(rf"{re.escape(name)}(?:{_TITLES})?", _("反映人"), said)
        said = re.sub(rf"{re.escape(name[0])}(?:某+)?(?:{_TITLES})", _("反映人"), said)
    return said


def result_words(text: str, *, main: Case, twin: Case) -> str:
    """Will give what the twin's reporter is told as the result of the main case.

    The answer a person wrote for all of them; else the main case's own words, cleaned; for a
    confidential main case that there is a result and how to ask for it.
    """
    prepared = merged_answer(main)
    if prepared:
        return prepared
    return own_words(text, main=main, twin=twin) or _(
        "您反映的问题已有办理结果，可拨打热线并告知受理编号 %(number)s 了解详情。"
    ) % {"number": twin.number}
