"""A progress bar by tqdm."""

from __future__ import annotations

import sys
from typing import Any

from ._result import Step


def bar(progress: bool | None) -> Bar | None:
    """A bar if one is asked for, or nothing is said and this is a notebook that has tqdm.

    Raises:
        ImportError: If one is asked for and tqdm is missing.
    """
    if progress is False or (progress is None and not _in_notebook()):
        return None
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        if progress is None:
            return None
        raise ImportError("a progress bar needs tqdm; pip install 'sinefield[progress]'") from None
    return Bar(tqdm)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


class Bar:
    """One bar for each fit, with the measure that suits it."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def count(self, jobs: int) -> None:
        """So many jobs begin."""
        self._bar = self._tqdm(total=jobs, unit="job")

    def one(self) -> None:
        """One of them is done."""
        if self._bar is not None:
            self._bar.update(1)

    def begin(self, steps: int | None) -> None:
        """A fit of so many steps begins."""
        self._bar = self._tqdm(total=steps, unit="step")

    def step(self, step: Step) -> None:
        """A step is done."""
        if self._bar is None:
            return
        for name, decibels in (("SNR", step.snr_db), ("PSNR", step.psnr_db)):
            if decibels is not None:
                self._bar.set_postfix_str(f"{name} {decibels:.2f} dB", refresh=False)
                break
        else:
            self._bar.set_postfix_str(f"loss {step.loss:.3e}", refresh=False)
        self._bar.update(step.step - self._bar.n)

    def end(self) -> None:
        """The fit is over."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
