"""A hundred texts that would reach further in another template language: here each is refused, or only words."""

from __future__ import annotations

import itertools
import time
import tracemalloc

import pytest

from rapport.rules.template import Broken, Rendered, parse, render

ROOTS = ("a", "self", "cycler", "namespace", "request", "config", "lipsum", "g", "url_for", "''", "()", "[]")
REACHES = (
    "{root}.__class__",
    "{root}.__class__.__mro__[1].__subclasses__()",
    "{root}['__class__']",
    "{root}|attr('__class__')",
    "{root}.__init__.__globals__['os'].popen('id').read()",
    "'{{0.__class__}}'.format({root})",
    "{root}|map(attribute='__class__')|list",
)
BLOCKS = (
    "{% for x in range(1000000000) %}x{% endfor %}",
    "{% set x = cycler.__init__ %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base' %}",
    "{% raw %}{{ a }}{% endraw %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{# a #}{{ a.b }}",
)
SUMS = (
    *("{{ 'a' * 10**9 }}", "{{ 10 ** 10 ** 10 }}", "{{ range(10**9) }}", "{{ a * 1000000000 }}", "{{ [a] * 10**9 }}"),
    *("{{ a | center(1000000000) }}", "{{ a | truncate: 99999999999 }}", "{{ a | replace('', 'x' * 10**9) }}"),
    *("{{ " * 5000, "}} " * 3000, "{{ a " + "| upper " * 1200 + "}}", "{{ a }}" * 1400, "{" * 9_999),
    *("{{ a | default: '" + "\\" * 9_000 + "' }}", "{{" + " " * 9_990 + "}}", "{{ " + "a" * 9_990 + " }}"),
)
ATTACKS = (
    *("{{ " + reach.format(root=root) + " }}" for root, reach in itertools.product(ROOTS, REACHES)),
    *BLOCKS,
    *SUMS,
)
VALUES = {"a": "x" * 100_000, "self": "s", "config": "c"}


def _made(source: str) -> object:
    parse.cache_clear()
    found = parse(source)
    return found if isinstance(found, Broken) else render(found, VALUES)


def _seconds(source: str) -> float:
    began = time.process_time()
    _made(source)
    return time.process_time() - began


def test_there_are_a_hundred_of_them():
    assert len(set(ATTACKS)) == len(ATTACKS) >= 100


@pytest.mark.parametrize("source", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_is_refused_or_only_words(source):
    taken = min(_seconds(source) for _ in range(3))
    tracemalloc.start()
    made = _made(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < 0.05
    assert peak < 10 << 20
    if isinstance(made, Rendered):
        assert len(made.text.encode()) <= 64 << 10
        assert "<class" not in made.text
        assert "<built-in" not in made.text
