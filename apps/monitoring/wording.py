"""Figures as people read them."""


def figure(value: float, unit: str = "") -> str:
    """Will give a number with its unit, at most four digits that matter."""
    return f"{value:.4g}{unit}" if abs(value) < 10_000 else f"{value:.0f}{unit}"
