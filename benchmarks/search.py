"""Search by two characters: from words in three of four cases to words in one of 400."""

from urllib.parse import quote

from benchmarks.runner import Bench, Figure
from benchmarks.support.growth import Growth
from benchmarks.support.words import SEARCHED

DESCRIPTION = "p95 of a two-character search at 300,000 cases against 10,000"
P95_TARGET = 3.0
ROUNDS = 7


def run(bench: Bench) -> list[Figure]:
    return measure(Growth(bench))


def measure(growth: Growth) -> list[Figure]:
    figures = []
    for user, label in (("handler", "department"), ("dispatcher", "whole city")):
        growth.sign_in(user)
        paths = [f"/search/?q={quote(word)}" for word in SEARCHED]
        small, large = growth.p95_ms(paths, rounds=ROUNDS)
        figures += [
            Figure(f"{label}: p95 at 10,000 cases", small, "ms"),
            Figure(f"{label}: p95 at 300,000 cases", large, "ms"),
            Figure(f"{label}: p95 ratio", large / small, "x", "<=", P95_TARGET),
        ]
    return figures
