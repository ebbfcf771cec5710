"""Charts and the Chinese font they need; one look for Word and PDF."""

import io
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apps.callbacks.documents.page import Chart

# Debian's fonts-wqy-zenhei, which bin/run installs.
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
INK, BAR = "#1f2937", "#1d4ed8"
WIDTH_IN, BAR_IN, FRAME_IN = 6.3, 0.32, 0.9
DPI = 150


@cache
def font(size_pt: float) -> font_manager.FontProperties:
    """Will give the Chinese font in a size; the library's own, with boxes, where it is missing."""
    if not FONT.is_file():
        return font_manager.FontProperties(size=size_pt)
    return font_manager.FontProperties(fname=str(FONT), size=size_pt)


def height_of(chart: Chart) -> float:
    """Will give the height of a chart in inches: so much for each bar."""
    return FRAME_IN + BAR_IN * max(len(chart.labels), 1)


def draw(axes: Axes, chart: Chart) -> None:
    """Will draw a chart into axes."""
    places = range(len(chart.labels))
    axes.barh(places, chart.values[::-1], color=BAR, height=0.62)
    axes.set_yticks(list(places), chart.labels[::-1], fontproperties=font(9), color=INK)
    axes.set_title(chart.title, fontproperties=font(11), color=INK, loc="left")
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([])
    most = max(chart.values, default=1.0)
    axes.set_xlim(0, most * 1.12)
    for place, value in zip(places, chart.values[::-1], strict=True):
        axes.text(value + most * 0.01, place, f"{value:.0f}", va="center", size=8, color=INK)


def as_picture(chart: Chart) -> bytes:
    """Will give a chart as PNG, for Word."""
    figure = Figure(figsize=(WIDTH_IN, height_of(chart)), dpi=DPI, layout="constrained")
    draw(figure.subplots(), chart)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
