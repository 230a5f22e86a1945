"""Python values as the compiled part takes them: settings as JSON, arrays as numbers, signals as bytes."""

from __future__ import annotations

import io
import json
import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def path(value: str | os.PathLike[str], setting: str = "path") -> str:
    """A path as text.

    Raises:
        ValueError: If its bytes are not UTF-8.
    """
    text = os.fsdecode(value)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"`{setting}`: the path {text!r} is not UTF-8; rename it") from None
    return text


def entries(job: str, settings: dict[str, Any]) -> str:
    """The settings of a job as a JSON object. Those that are None are left out."""
    given = {name: plain(name, value) for name, value in settings.items() if value is not None}
    return json.dumps({"job": job, **given})


def plain(name: str, value: Any) -> Any:
    """A setting as a value of JSON."""
    if isinstance(value, os.PathLike):
        return path(value, name)
    if isinstance(value, str):
        return path(value, name)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"`{name}`: {value} is not finite; give a number")
    if isinstance(value, dict):
        # As the places of axes: {"z": 12.5}.
        return [f"{key}={_written(name, item)}" for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [plain(name, item) for item in value]
    if isinstance(value, bool | int | float):
        return value
    raise ValueError(f"`{name}`: a {type(value).__name__} is no setting; give a text, a number or a list")


def _written(name: str, value: Any) -> Any:
    """A value beside its key. A complex constant of a problem is written as in its file."""
    if isinstance(value, complex | np.complexfloating):
        parts = [plain(name, part) for part in (float(value.real), float(value.imag))]
        return f"{{ re = {parts[0]}, im = {parts[1]} }}"
    return plain(name, value)


def numbers(value: ArrayLike, what: str, or_complex: bool = False) -> NDArray[Any]:
    """Anything like an array as an array of real numbers, or of complex ones where they are allowed.

    Raises:
        ValueError: If it is ragged, or holds anything but such numbers.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise ValueError(f"{what}: masked values are no numbers; fill them first")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{what}: not an array ({error}); give rows of equal length") from None
    if array.dtype.kind == "c":
        if or_complex:
            return array
        raise ValueError(f"{what}: complex numbers; give the real and the imaginary part as channels")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what}: an array of dtype {array.dtype} holds no real numbers; give ints or floats")
    # Types that only this machine has, as float128.
    return array.astype(np.float64) if array.dtype.itemsize > 8 else array


@dataclass
class Source:
    """A signal in memory: the content of a file, and what an array does not say of itself."""

    bytes: bytes
    rate_hz: float | None = None
    fps: float | None = None
    range: tuple[float, float] | None = None
    surface: bool = False


def npy(array: NDArray[Any]) -> bytes:
    """The array as the content of an `.npy` file."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def source(signal: Any, rate: float | None, fps: float | None) -> Source | None:
    """A signal in memory. None if it is a path."""
    if isinstance(signal, Source):
        return signal
    if isinstance(signal, str | os.PathLike):
        if rate is not None or fps is not None:
            name = "rate" if rate is not None else "fps"
            raise ValueError(f"`{name}`: is for arrays; a file says its own")
        return None
    if isinstance(signal, bytes | bytearray | memoryview):
        return Source(bytes(signal), rate, fps)
    if hasattr(signal, "read"):
        content = signal.read()
        if isinstance(content, str):
            raise ValueError("signal: the file is open as text; open it with mode 'rb'")
        return Source(bytes(content), rate, fps)
    array = numbers(signal, "signal")
    whole = array.dtype.kind in "iu"
    if rate is not None and whole:
        array = _sound(array)
    if fps is not None and array.dtype in (np.uint8, np.uint16):
        array = array / np.float32(np.iinfo(array.dtype).max)
        return Source(npy(array.astype(np.float32)), fps=fps, range=(0.0, 1.0))
    return Source(npy(array), rate, fps)


def _sound(array: NDArray[Any]) -> NDArray[np.float64]:
    """Whole samples over the full scale of their width, as of a sound file. Unsigned ones are silent in the middle."""
    info = np.iinfo(array.dtype)
    middle = 0.0 if array.dtype.kind == "i" else (float(info.max) + 1.0) / 2.0
    full = -float(info.min) if array.dtype.kind == "i" else middle
    scaled: NDArray[np.float64] = (array.astype(np.float64) - middle) / full
    return scaled
