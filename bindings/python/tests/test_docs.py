"""The examples in the docstrings are run, and every public name has words."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest
import sinefield as sf

MODULES = sorted(module.name for module in pkgutil.iter_modules(sf.__path__) if module.name != "_native")
# Ray leaves sockets open, and Python warns about them.
CASES = [pytest.param(name, marks=pytest.mark.filterwarnings("ignore")) if name == "ray" else name for name in MODULES]


@pytest.mark.parametrize("name", CASES)
def test_examples_do_what_they_say(name: str) -> None:
    try:
        module = importlib.import_module(f"sinefield.{name}")
    except ImportError as error:
        # An extra that is missing is named.
        assert f"sinefield.{name} needs" in str(error) and "pip install" in str(error)
        pytest.skip(str(error))
    try:
        assert doctest.testmod(module).failed == 0
    finally:
        if name == "ray":
            # The cluster that its example began.
            module.ray.shutdown()


def test_public_names_are_explained() -> None:
    """Each has a docstring with an example, and so has each method and property of a class."""
    for name in sf.__all__:
        value = getattr(sf, name)
        if not callable(value):
            continue
        assert ">>>" in (inspect.getdoc(value) or ""), name
        members = vars(value) if inspect.isclass(value) else {}
        for member in (member for member in members if not member.startswith("_")):
            found = getattr(value, member)
            if callable(found) or isinstance(found, property):
                assert ">>>" in (inspect.getdoc(found) or ""), f"{name}.{member}"
