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
    try:
        module = importlib.import_module(f"sinefield.{name}")
    except ImportError as error:
        # An extra that is missing is named.
        assert f"sinefield.{name} needs" in str(error) and "pip install" in str(error)
        pytest.skip(str(error))
    assert doctest.testmod(module).failed == 0


def test_public_names_are_explained() -> None:
    for name in sf.__all__:
        value = getattr(sf, name)
        if callable(value):
            assert inspect.getdoc(value), name
