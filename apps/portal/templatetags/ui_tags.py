"""The component kit: ``{% load ui_tags %}`` and the pages of every app look alike.

Each tag renders one file of ``templates/components/``; the style guide (/styleguide/) shows
all of them in all states. Words for ``level`` everywhere: ``over`` (red, overdue or danger),
``soon`` (amber), ``done`` (green), ``action`` (blue), "" or ``rest`` (grey).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.db.models import Model
from django.forms import BoundField
from django.http import HttpRequest
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.clocks.enums import ClockState
from apps.clocks.selectors import remaining_text
from apps.common import clock, phrases
from apps.common.forms_data import PointWidget
from apps.portal import selectors
from apps.portal.distances import distance
from apps.portal.tables import head_of, read_value

register = template.Library()

CHIP_ICONS = {
    "over": "alert-triangle",
    "soon": "clock",
    "done": "circle-check",
    "action": "circle-dot",
    "rest": "point",
}
# The categories of matters.StateCategory: what a state means, whatever a city calls it.
STATE_LOOKS = {
    "intake": ("action", "inbox"),
    "routing": ("action", "send"),
    "waiting": ("soon", "hourglass"),
    "running": ("action", "player-play"),
    "paused": ("rest", "player-pause"),
    "checking": ("soon", "clipboard-check"),
    "parked": ("rest", "player-pause"),
    "ended": ("done", "circle-check"),
}
REMAINING_LOOKS = {
    "over": ("over", "alert-triangle"),
    "soon": ("soon", "clock"),
    "ok": ("ok", "clock"),
    "paused": ("rest", "player-pause"),
    "done": ("done", "check"),
}
TOAST_ICONS = {
    "success": "circle-check",
    "warning": "alert-triangle",
    "error": "alert-circle",
    "info": "info-circle",
    "debug": "info-circle",
}


# --- Small parts ---------------------------------------------------------------------


@cache  # a page draws eighty icons; the address stays as long as the process
def _sprite() -> str:
    return static("vendor/icons/sprite.svg")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Will draw an icon of the sprite; without a label it is decoration only.

    name: a line of ``static/portal/icons.txt``. size: "", "sm", "lg" or "xl".
    """
    href = f"{_sprite()}#tabler-{name}"
    css = f"icon icon-{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" width="18" height="18" role="img" aria-label="{}">'
            '<use href="{}"></use></svg>',
            css,
            label,
            href,
        )
    return format_html(
        '<svg class="{}" width="18" height="18" aria-hidden="true"><use href="{}"></use></svg>',
        css,
        href,
    )


@register.simple_tag
def kbd(key: str) -> SafeString:
    """Will show a key of the keyboard."""
    return format_html("<kbd>{}</kbd>", key)


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Will draw a person's last characters in a circle: 张三丰 shows 三丰. size: sm, lg."""
    words = str(name).strip()
    letters = words[:1].upper() if words.isascii() else words[-2:] if size != "sm" else words[-1:]
    css = f"avatar-word avatar-word-{size}" if size else "avatar-word"
    return format_html('<span class="{}" aria-hidden="true">{}</span>', css, letters)


@register.simple_tag
def moment(at: datetime | date | None) -> SafeString | str:
    """Will write a time as people say it: 11月20日 14:05（2 小时前）."""
    if at is None:
        return "—"
    if not isinstance(at, datetime):
        return formats.date_format(at)
    now = clock.now()
    written = formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}">{}<span class="text-secondary">{}</span></time>',
        at.isoformat(),
        written,
        _("（%s）") % distance(at, now),
    )


@register.inclusion_tag("components/badge.html")
def badge(label: object, level: str = "", symbol: str = "") -> dict[str, object]:
    """Will show a short word on a tint; a coloured one gets the icon of its level."""
    return {"label": label, "level": level, "symbol": symbol or CHIP_ICONS.get(level, "")}


@register.simple_block_tag
def chip(content: str, level: str = "", symbol: str = "") -> SafeString:
    """Will show the words between the tags like ``badge``.

    ``{% chip "done" %}{% translate "启用" %}{% endchip %}``
    """
    return render_to_string("components/badge.html", badge(content, level, symbol))


@register.inclusion_tag("components/badge.html")
def state_badge(category: str, label: object) -> dict[str, object]:
    """Will show a case's state in the colour of its category (matters.StateCategory)."""
    level, symbol = STATE_LOOKS.get(category, ("rest", "circle"))
    return {"label": label, "level": level, "symbol": symbol}


@register.inclusion_tag("components/remaining_time.html")
def remaining_time(
    due_at: datetime | None,
    is_paused: bool = False,
    is_ended: bool = False,
    now: datetime | None = None,
    soon_at: datetime | None = None,
) -> dict[str, object]:
    """Will say how long is left, in words: 剩 3 小时 20 分, 超 1 天.

    now: so that all rows of a page agree. soon_at: from when it is due soon.
    """
    running = ClockState.SUSPENDED if is_paused else ClockState.RUNNING
    state = ClockState.STOPPED if is_ended else running
    left = remaining_text(due_at, state, now or clock.now(), soon_at=soon_at)
    level, symbol = REMAINING_LOOKS[left.level]
    if due_at is None and not is_ended:
        return {"text": _("无时限"), "level": "rest", "symbol": "clock", "due_at": None}
    return {"text": left.text, "level": level, "symbol": symbol, "due_at": due_at}


@register.inclusion_tag("components/stat_tile.html")
def stat_tile(
    label: str,
    value: object,
    url: str = "",
    symbol: str = "",
    level: str = "",
    hint: str = "",
    current: bool = False,
) -> dict[str, object]:
    """Will show one count; put several into ``<div class="tiles">``.

    url: the rows behind the figure. current: the tile whose rows are shown below.
    """
    return {
        "label": label,
        "value": value,
        "url": url,
        "symbol": symbol,
        "level": level,
        "hint": hint,
        "current": current,
    }


@register.inclusion_tag("components/page_header.html")
def page_header(
    title: str, text: str = "", action_url: str = "", action_label: str = ""
) -> dict[str, object]:
    """Will head a section of a page (the page's own title is the block ``heading``)."""
    return {"title": title, "text": text, "action_url": action_url, "action_label": action_label}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*pairs: str) -> dict[str, object]:
    """Will show where the page stands: label, url, label, url, … and last a lone label."""
    labels, urls = pairs[::2], [*pairs[1::2], ""]
    return {"crumbs": list(zip(labels, urls, strict=False))}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    icon: str, title: str, text: str = "", action_url: str = "", action_label: str = ""
) -> dict[str, object]:
    """Will explain an empty page and offer the first step."""
    return {
        "symbol": icon,
        "title": title,
        "text": text,
        "action_url": action_url,
        "action_label": action_label,
    }


@register.inclusion_tag("components/toast.html")
def toast(text: object, level: str = "info") -> dict[str, object]:
    """Will show a short message; level: success, warning, error or info."""
    kind = (level.split() or ["info"])[-1]
    return {"text": text, "level": kind, "symbol": TOAST_ICONS.get(kind, "info-circle")}


@register.inclusion_tag("components/progress.html")
def progress(
    label: str, value: float, most: float = 100, level: str = "", text: str = ""
) -> dict[str, object]:
    """Will draw a bar of ``value`` out of ``most`` with its figure in words."""
    share = f"{value / most * 100:.0f}%" if most else "—"
    return {"label": label, "value": value, "most": most, "level": level, "text": text or share}


@register.inclusion_tag("components/person_masked.html")
def person_masked(name: str, phone: str = "", reveal_dialog: str = "") -> dict[str, object]:
    """Will show a person already masked by ``common.masking``.

    reveal_dialog: id of the dialog that asks for the purpose; without it, no way to reveal.
    """
    return {
        "name": name,
        "phone": phone,
        "reveal_dialog": reveal_dialog,
        "hidden_label": _("部分信息已隐藏"),
    }


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[object]) -> dict[str, object]:
    """Will tell what happened, newest or oldest first as given.

    Each event (object or dict): title, at, and optionally actor, text, level, icon, and
    reason (why the machine or the person decided so; unfolds).
    """
    return {"events": events}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[object], label: str = "") -> dict[str, object]:
    """Will show tabs that are links. Each: label, url, current (bool), count (or None)."""
    return {"items": items, "label": label or _("分页签")}


@register.inclusion_tag("components/confirm.html", takes_context=True)
def confirm(
    context: RequestContext,
    id: str,
    title: str,
    action_url: str,
    button: str,
    text: str = "",
    level: str = "",
    form: forms.Form | None = None,
    **hidden: object,
) -> dict[str, object]:
    """Will put a dialog on the page that posts to ``action_url`` once confirmed.

    Open it with ``<button type="button" data-dialog="<id>">``. form: fields to fill in.
    hidden: further hidden inputs, by name.
    """
    return {
        "csrf_token": context.get("csrf_token"),
        "id": id,
        "title": title,
        "action_url": action_url,
        "button": button,
        "text": text,
        "level": level,
        "form": form,
        "hidden": list(hidden.items()),
    }


# --- Forms ---------------------------------------------------------------------------


def _widget_classes(widget: forms.Widget) -> str:
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


@register.inclusion_tag("components/form_field.html")
def form_field(field: BoundField, wide: bool = False, show_if: str = "") -> dict[str, object]:
    """Will draw a field: label above, help under it, errors beside it.

    show_if: "other_field=a,b" hides the field until the other has one of the values; a form
    that knows what hangs on what (``shows``) hides it from the first paint.
    """
    widget: Any = field.field.widget
    form: Any = field.form
    classes = f"{widget.attrs.get('class', '')} {_widget_classes(widget)}".split()
    attrs: dict[str, str | bool] = {"class": " ".join(dict.fromkeys(classes))}
    described = []
    if field.help_text:
        described.append(f"{field.auto_id}_helptext")
    if field.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{field.auto_id}_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    is_group = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    max_length = getattr(field.field, "max_length", None)
    is_required = field.field.required or getattr(field.field, "is_wanted", False)
    return {
        "field": field,
        "is_optional": not is_required,
        "is_hidden": hasattr(form, "shows") and not form.shows(field.name),
        "is_point": isinstance(widget, PointWidget),
        "point": _point_text(field) if isinstance(widget, PointWidget) else "",
        "widget": field.as_widget(attrs=attrs),
        "is_checkbox": isinstance(widget, forms.CheckboxInput),
        "is_group": is_group,
        "wide": wide,
        "show_if": show_if or getattr(field.field, "show_if", ""),
        "max_length": max_length if isinstance(widget, forms.Textarea) else None,
    }


def _point_text(field: BoundField) -> str:
    """The kept or typed point as the map reads it, "" without one."""
    value = field.value()
    if not isinstance(value, dict) or not value.get("lng") or not value.get("lat"):
        return ""
    return f"{value['lng']},{value['lat']}"


@register.filter
def add_class(field: BoundField, css: str = "") -> SafeString:
    """Will draw a field's input alone with the classes of its kind: ``{{ field|add_class }}``."""
    widget = field.field.widget
    parts = (widget.attrs.get("class", ""), _widget_classes(widget), css)
    return field.as_widget(attrs={"class": " ".join(part for part in parts if part)})


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: forms.BaseForm) -> dict[str, object]:
    """Will draw all fields of a form, hidden ones included; ``error_summary`` goes above."""
    return {"form": form}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: forms.BaseForm | None, focus: bool = True) -> dict[str, object]:
    """Will list what must be changed, each line a link to its field; nothing when all is well.

    focus: bring the eyes of the reader here when the page opens.
    """
    errors: list[dict[str, object]] = []
    if form is not None and form.is_bound:
        errors += [{"text": text, "label": "", "target": ""} for text in form.non_field_errors()]
        errors += [
            {"text": text, "label": field.label, "target": _first_input_id(field)}
            for field in form
            for text in field.errors
        ]
    return {"errors": errors, "focus": focus}


def _first_input_id(field: BoundField) -> str:
    is_group = isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.auto_id}_0" if is_group else str(field.id_for_label or field.auto_id)


# --- Lists ---------------------------------------------------------------------------


register.filter("series", phrases.series)
register.filter("bracketed", phrases.bracketed)
register.filter("labelled", phrases.labelled)


@register.filter
def get_item(things: Mapping[str, object], key: str) -> object:
    """Will look up a key a template holds in a variable: ``{{ counts|get_item:tab.code }}``."""
    return things.get(key)


@register.simple_tag(takes_context=True)
def view_preference(
    context: RequestContext, view: str, columns: Iterable[object] = ()
) -> selectors.ListPreference:
    """Will give what the viewer chose for a list: ``{% view_preference "queue" cols as pref %}``.

    columns (objects or dicts): key, label, optional is_fixed (always shown) and
    is_optional (hidden until chosen). The result has ``density``, ``columns`` (each with
    ``is_shown``), ``shown`` (those alone), ``filters`` (name, query) and ``save_url``.
    """
    return selectors.list_preference(context["request"].user, view, columns)


@register.filter
def shows(preference: selectors.ListPreference, key: str) -> bool:
    """Will tell whether the viewer wants to see a column: ``{% if pref|shows:"area" %}``."""
    return any(column.key == key for column in preference.shown)


@register.inclusion_tag("components/table_tools.html", takes_context=True)
def table_tools(
    context: RequestContext,
    pref: selectors.ListPreference,
    summary: str = "",
    export_url: str = "",
) -> dict[str, object]:
    """Will show density switch, column chooser and export above a table."""
    return {
        "pref": pref,
        "summary": summary,
        "export_url": export_url,
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "densities": [("compact", _("紧凑")), ("normal", _("标准")), ("roomy", _("宽松"))],
    }


@register.inclusion_tag("components/saved_filters.html", takes_context=True)
def saved_filters(context: RequestContext, pref: selectors.ListPreference) -> dict[str, object]:
    """Will show the viewer's saved filters and offer to keep the present one."""
    request: HttpRequest = context["request"]
    return {
        "pref": pref,
        "query": selectors.filter_query(request),
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_block_tag(takes_context=True)
def filter_bar(
    context: RequestContext, content: str, label: str = "", is_open: bool = False
) -> SafeString:
    """Will put the fields between the tags into one row with a submit button.

    ``{% filter_bar %}<label>区域 <select …></label>{% endfilter_bar %}``

    On a phone all but ``.filter-search`` fold away, elsewhere those with ``.filter-more``;
    is_open: they start unfolded, because one of them is in use.
    """
    request: HttpRequest = context["request"]
    clear_url = request.path if selectors.filter_query(request) else ""
    values = {
        "content": content,
        "label": label,
        "clear_url": clear_url,
        "is_open": is_open,
        "has_more": "filter-more" in content,
    }
    return render_to_string("components/filter_bar.html", values)


@register.simple_block_tag
def bulk_bar(content: str) -> SafeString:
    """Will wrap the buttons that act on all chosen rows; hidden while none is chosen."""
    return render_to_string("components/bulk_bar.html", {"content": content})


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(
    context: RequestContext,
    page: Page[Model] | None = None,
    previous_url: str = "",
    next_url: str = "",
    summary: str = "",
    label: str = "",
) -> dict[str, object]:
    """Will lead through a list. label: tells two on one page apart.

    Small lists: give Django's ``page`` (numbered). Large ones: give ``previous_url`` and
    ``next_url`` of a cursor; nothing is counted.
    """
    label = label or _("翻页")
    if page is None:
        return {
            "previous_url": previous_url,
            "next_url": next_url,
            "summary": summary,
            "label": label,
        }
    query = context["request"].GET.copy()

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    ellipsis = str(page.paginator.ELLIPSIS)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
        "numbers": [(n, "" if n == ellipsis else address(int(n))) for n in numbers]
        if page.paginator.num_pages > 1
        else [],
        "current": page.number,
        "label": label,
        "summary": summary or _("共 %(count)d 条") % {"count": page.paginator.count},
    }


@register.inclusion_tag("components/table.html", takes_context=True)
def table(
    context: RequestContext,
    caption: str,
    columns: Sequence[object],
    rows: Iterable[object],
    density: str = "normal",
    view: str = "",
    keyboard: bool = False,
) -> dict[str, object]:
    """Will draw a plain table; a page with rich cells writes its own ``table.data-table``.

    columns (objects or dicts): key, label, optional is_number, is_sortable, is_wide. rows (objects
    or dicts): values under the columns' keys (called when callable), optional url, which
    makes the first cell a link. keyboard: j, k, Enter and x work (``js/queue.js``).
    Sorting: ``?sort=key`` or ``?sort=-key``; the view obeys it.
    """
    request: HttpRequest | None = context.get("request")
    return {
        "caption": caption,
        "columns": [head_of(column, request) for column in columns],
        "rows": [
            {
                "url": read_value(row, "url", ""),
                "cells": [
                    {
                        "value": read_value(row, str(read_value(column, "key")), ""),
                        "is_number": read_value(column, "is_number", False),
                        "is_wide": read_value(column, "is_wide", False),
                    }
                    for column in columns
                ],
            }
            for row in rows
        ],
        "density": density,
        "view": view,
        "keyboard": keyboard,
    }


@register.inclusion_tag("components/chart.html", takes_context=True)
def chart(
    context: RequestContext,
    id: str,
    title: str,
    option: dict[str, Any],
    columns: Sequence[object],
    rows: Iterable[object],
    note: str = "",
    open: bool = False,
) -> dict[str, object]:
    """Will draw an ECharts option with the same figures as a table under it.

    option: plain JSON for ECharts; colours come from our theme. note: when and by which
    formula the figures were computed. The page loads ``portal/js/chart.js`` in ``scripts``.
    """
    return {
        "id": id,
        "title": title,
        "option": option,
        "columns": columns,
        "rows": rows,
        "note": note,
        "open": open,
        "request": context.get("request"),
    }
