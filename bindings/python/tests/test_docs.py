"""The examples in the docstrings are run, and every public name has words."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest
import sinefield as sf

MODULES = sorted(module.name for module in pkgutil.iter_modules(sf.__path__) if module.name != "_native")


@pytest.mark.parametrize("name", MODULES)
def test_examples_do_what_they_say(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"sinefield.{name}"))
    assert found.failed == 0


def test_public_names_are_explained() -> None:
    for name in sf.__all__:
        value = getattr(sf, name)
        if callable(value):
            assert inspect.getdoc(value), name
