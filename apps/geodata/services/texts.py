"""Refusals that more than one step says."""

from django.utils.translation import gettext as _

from apps.geodata.reading import MAX_FEATURES, MAX_VERTICES


def too_many_features() -> str:
    """Will say that a file holds too many features."""
    return _("要素超过 %(limit)d 个，请拆分后分次导入") % {"limit": MAX_FEATURES}


def too_many_vertices() -> str:
    """Will say that a file holds too many points."""
    return _("坐标点超过 %(limit)d 个，请化简或拆分后导入") % {"limit": MAX_VERTICES}


def unshift_forbidden() -> str:
    """Will say why shifted coordinates are not taken."""
    return _(
        "文件是偏移坐标（GCJ-02 或 BD-09）。还原偏移坐标须由管理员依规开启，目前未开启，"
        "不能导入；请向提供单位索取 CGCS2000 坐标的数据"
    )
