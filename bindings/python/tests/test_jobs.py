"""Jobs: the bits of the command, the names of its settings, interruption and errors."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import sinefield as sf
from sinefield import _settings

from .conftest import SMALL, wave

Command = Callable[..., str]


def test_a_fit_has_the_bits_of_the_command(tmp_path: Path, command: Command) -> None:
    np.save(tmp_path / "image.npy", wave(17, 13, 3))
    options = ["--hidden", 16, "--layers", 1, "--steps", 12, "--seed", 5]
    command("fit", "image.npy", "-o", "one.safetensors", *options, "--quiet", cwd=tmp_path)
    wanted = (tmp_path / "one.safetensors").read_bytes()

    by_path = sf.fit(tmp_path / "image.npy", seed=5, output=tmp_path / "two.safetensors", **SMALL)
    assert (tmp_path / "two.safetensors").read_bytes() == wanted
    assert by_path.field.to_bytes() == wanted
    # An array has no name of its own, which the file of its field says.
    by_array = sf.fit(wave(17, 13, 3), seed=5, **SMALL)
    assert np.array_equal(by_array.field.parameters, by_path.field.parameters)
    assert by_array.numbers["psnr_db"] == by_path.psnr_db
    as_bytes = sf.fit((tmp_path / "image.npy").read_bytes(), seed=5, **SMALL)
    with open(tmp_path / "image.npy", "rb") as file:
        as_file = sf.fit(file, seed=5, **SMALL)
    assert as_bytes.field == as_file.field == by_array.field


def test_every_job_runs_as_the_command_does(tmp_path: Path, command: Command) -> None:
    np.save(tmp_path / "a.npy", wave(16, 12))
    np.save(tmp_path / "b.npy", wave(16, 12) ** 2)
    np.save(tmp_path / "mask.npy", np.pad(np.ones((8, 6)), ((4, 4), (3, 3))) > 0)
    (tmp_path / "p.toml").write_text(
        "[field.u]\nhidden = 8\nlayers = 1\n[constants]\nk = 3\n[[constraint]]\nresidual = 'd(u, x) - k'\n"
        "domain = { box = { x = [0, 1] } }\nsamples = 33\n"
    )
    options = ["--hidden", 16, "--layers", 1, "--steps", 6, "--quiet"]
    small: dict[str, Any] = {"hidden": 16, "layers": 1, "steps": 6}
    a, b, mask = (np.load(tmp_path / f"{name}.npy") for name in ("a", "b", "mask"))
    jobs: list[tuple[list[object], sf.Result]] = [
        (["reconstruct", "a.npy", "--from", "gradient", *options], sf.reconstruct(a, "gradient", **small)),
        (["reconstruct", "a.npy", "--from", "laplacian", "--boundary", *options],
         sf.reconstruct(a, "laplacian", boundary=True, **small)),
        (["blend", "a.npy", "b.npy", "--alpha", 0.25, *options], sf.blend(a, b, alpha=0.25, **small)),
        (["clone", "a.npy", "b.npy", "--mask", "mask.npy", "--at", "1,2", *options],
         sf.clone(a, b, mask, at=(1, 2), **small)),
        (["solve", "p.toml", "--steps", 6, "--set", "constants.k=4", "--quiet"],
         sf.solve(tmp_path / "p.toml", steps=6, set={"constants.k": 4})),
    ]
    for words, result in jobs:
        command(*words, "-o", "f.safetensors", cwd=tmp_path)
        file = sf.load(tmp_path / "f.safetensors")
        assert np.array_equal(file.parameters, result.field.parameters), words
    assert jobs[-1][1].u == jobs[-1][1].field


def test_settings_have_the_names_of_the_command() -> None:
    own = {
        "fit": (_settings.FitSettings, {"signal"}),
        "reconstruct": (_settings.ReconstructSettings, {"image", "from", "gradient", "laplacian"}),
        "blend": (_settings.BlendSettings, {"first", "second"}),
        "clone": (_settings.CloneSettings, {"source", "target", "mask"}),
        "solve": (_settings.SolveSettings, {"problem"}),
        "compare": (_settings.CompareSettings, {"signal", "output"}),
        "statistics": (_settings.StatisticsSettings, {"output"}),
        "demo": (_settings.DemoSettings, set()),
    }
    for job, (typed, arguments) in own.items():
        assert set(get_type_hints(typed)) | arguments == set(sf.settings_of(job)), job


def test_job_files_are_read_planned_and_run(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", wave(9, 8))
    path = tmp_path / "job.toml"
    path.write_text("job = 'fit'\nsignal = 'image.npy'\noutput = 'f.safetensors'\nhidden = 16\nsteps = 3\n")
    job = sf.Job.from_toml(path)
    assert job.settings["steps"] == 3 and job == sf.Job(job.job, **job.settings)
    plan = job.plan()
    assert plan.numbers["parameters"] == 881 and "nothing is written" in str(plan)
    assert not (tmp_path / "f.safetensors").exists()
    steps: list[sf.Step] = []
    result = job.run(on_step=steps.append)
    assert [step.step for step in steps] == [1, 2, 3]
    assert np.array_equal(result.history["loss"], [step.loss for step in steps])
    assert sf.load(tmp_path / "f.safetensors") == result.field
    (tmp_path / "job.json").write_text(job.to_json())
    assert sf.Job.from_json(tmp_path / "job.json") == job

    path.write_text("job = 'fit'\nsignal = 'image.npy'\noutput = 'f'\nstep = 3\n")
    with pytest.raises(ValueError, match=r"job.toml:4:1: a fit has no setting `step`; did you mean `steps`"):
        sf.Job.from_toml(path)
    with pytest.raises(FileNotFoundError, match="none.toml: no such file"):
        sf.Job.from_toml(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="`signal`: an array"):
        sf.Job("fit", signal=wave(3, 3)).to_json()


def test_sounds_videos_and_volumes_come_from_arrays(tmp_path: Path) -> None:
    tone = np.sin(np.arange(500) / 5)
    sound = sf.fit(tone, rate=8000, **SMALL)
    assert [axis.name for axis in sound.field.axes] == ["time"] and "snr_db" in sound.numbers
    assert sound.field.render(rate=4000).shape == (250,)
    # Integers are parts of their full scale, as in a file.
    whole = np.round(tone * 30000).astype(np.int16)
    assert sf.fit(whole, rate=8000, **SMALL).field == sf.fit(whole / 32768, rate=8000, **SMALL).field
    stereo = sf.fit(np.stack([tone, -tone], axis=1), rate=8000, **SMALL)
    assert stereo.field.outputs == 2

    frames = (wave(5, 8, 6, 3) * 255).astype(np.uint8)
    video = sf.fit(frames, fps=25, **SMALL)
    assert [axis.name for axis in video.field.axes] == ["time", "row", "column"]
    assert video.field.render(frames=(1, 4), fps=50).shape == (6, 8, 6, 3)
    assert video.field.render(at={"time": 0.1}).shape == (8, 6, 3)
    video.field.render(output=tmp_path / "clip.y4m")
    assert (tmp_path / "clip.y4m").read_bytes().startswith(b"YUV4MPEG2")

    volume = sf.fit(wave(6, 7, 8), **SMALL)
    assert volume.field.inputs == 3 and volume.field.render(at={"x1": 2}).shape == (6, 8)
    image = sf.fit(wave(6, 7, 8), kind="image", **SMALL)
    assert (image.field.inputs, image.field.outputs) == (2, 8)


def test_arrays_of_any_layout_are_the_same_signal() -> None:
    image = wave(9, 8)
    wanted = sf.fit(image, **SMALL).field
    for same in (image.copy(order="F"), np.repeat(image, 2, axis=1)[:, ::2], image[::-1][::-1],
                 image.astype(">f4"), image.tolist(), image.astype(np.float64), image.astype(np.longdouble)):
        assert sf.fit(same, **SMALL).field == wanted


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.array([[1, "a"]], dtype=object), "dtype object holds no real numbers"),
        (np.array(["a", "b"]), "holds no real numbers"),
        ([[1.0, 2.0], [3.0]], "rows of equal length"),
        (np.ones((3, 3)) * 1j, "complex numbers"),
        (np.full((3, 3), np.nan), "not a number|NaN|not finite"),
        (np.empty((0, 3)), "empty|0"),
        (np.float64(3), "axes|single"),
        (np.ma.masked_equal(np.eye(3), 0), "masked"),
        (io.StringIO("text"), "mode 'rb'"),
        (b"no signal at all", "not a signal"),
        (np.ones((2,) * 7), "axes"),
    ],
)
def test_what_is_no_signal_is_said(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sf.fit(bad, **SMALL)


def test_settings_that_cannot_be_are_said(tmp_path: Path) -> None:
    image = wave(8, 8)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"step": 3}, "no setting `step`; did you mean `steps`"),
        ({"lr": float("nan")}, "`lr`: nan is not finite"),
        ({"lr": -1}, "`lr`"),
        ({"hidden": 2.5}, "`hidden`"),
        ({"steps": "many"}, "`steps`"),
        ({"hidden": 0}, "hidden"),
        ({"kind": "smell"}, "`kind`"),
        ({"rate": 8000, "fps": 25}, "cannot be given together"),
        ({"activation": object()}, "`activation`: a object is no setting"),
        ({"optimizer": "lbfgs", "batch": 9}, "set `batch` to full"),
    ]
    for settings, words in cases:
        with pytest.raises(ValueError, match=words):
            sf.fit(image, **{**SMALL, **settings})
    with pytest.raises(FileNotFoundError, match="none.png: no such file"):
        sf.fit(tmp_path / "none.png")
    with pytest.raises(OSError, match="the folder .* does not exist"):
        sf.fit(image, output=tmp_path / "none" / "f.safetensors", **SMALL)
    closed = open(__file__, "rb")
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        sf.fit(closed, **SMALL)
    with pytest.raises(ValueError, match="is not UTF-8"):
        sf.fit(os.fsdecode(b"/tmp/\xff.png"))
    # The names of files that stand for arrays for a while are not told.
    with pytest.raises(ValueError, match="^second.npy: .*") as told:
        sf.blend(image, wave(3, 4, 2, 2), **SMALL)
    assert "/" not in str(told.value).split(":")[0]


def test_a_callback_stops_a_fit_and_its_exception_comes_out(tmp_path: Path) -> None:
    result = sf.fit(wave(9, 8), on_step=lambda step: step.step < 3, hidden=16, steps=1000)
    assert result.interrupted and result.steps == 3 and len(result.history["loss"]) == 3

    checkpoint = tmp_path / "c"
    settings: dict[str, Any] = {"hidden": 16, "layers": 1, "steps": 10}

    def breaks(step: sf.Step) -> None:
        if step.step == 4:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        sf.fit(wave(9, 8), on_step=breaks, checkpoint=checkpoint, **settings)
    # The fit is intact: it goes on to the bits of one that was never stopped.
    resumed = sf.fit(wave(9, 8), checkpoint=checkpoint, resume=True, **settings)
    assert resumed.field == sf.fit(wave(9, 8), **settings).field
    assert sf.fit(wave(9, 8), on_step=print, **SMALL).interrupted is False

    def misreads(step: sf.Step) -> None:
        json.loads("{")

    # Whatever its form, also where arrays go through files.
    with pytest.raises(json.JSONDecodeError, match="line 1"):
        sf.blend(wave(9, 8), wave(9, 8), on_step=misreads, **SMALL)


def test_control_c_returns_what_there_is() -> None:
    def press() -> None:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    # A shell that runs the tests in the background has them ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        presser = threading.Thread(target=press)
        presser.start()
        begun = time.monotonic()
        result = sf.fit(wave(64, 64), hidden=32, steps=10_000_000)
        presser.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.interrupted and 0 < result.steps < 10_000_000
    assert time.monotonic() - begun < 60 and np.isfinite(result.psnr_db)


def test_a_fit_that_diverges_hands_its_field_over() -> None:
    with pytest.raises(sf.DivergedError, match="fit: .*`lr`") as told:
        sf.fit(wave(9, 8), activation="relu", lr=1e30, steps=50, hidden=16)
    assert np.isfinite(told.value.field.parameters).all() and told.value.step < 50


def test_several_threads_fit_at_once() -> None:
    wanted = sf.fit(wave(33, 31), **SMALL).field
    found: list[sf.Field] = []
    threads = [threading.Thread(target=lambda: found.append(sf.fit(wave(33, 31), **SMALL).field)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(field == wanted for field in found)


FORK = """
import os, signal, time
import numpy as np, sinefield as sf

image = np.sin(np.arange(221.0)).reshape(17, 13)
fit = lambda: sf.fit(image, hidden=16, layers=1, steps=12).field
wanted = fit()
child = os.fork()
if child == 0:
    os._exit(0 if fit() == wanted and np.array_equal(wanted([[1, 2]]), fit()([[1, 2]])) else 1)
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        raise SystemExit(os.waitstatus_to_exitcode(status))
    time.sleep(0.01)
os.kill(child, signal.SIGKILL)
raise SystemExit("the forked process waits for threads that it does not have")
"""


def test_a_forked_process_has_engines_of_its_own() -> None:
    # In a process of its own: others that are loaded here do not like to be forked.
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=120)


def test_reports_are_those_of_the_command(tmp_path: Path, command: Command) -> None:
    np.save(tmp_path / "image.npy", wave(17, 13))
    told = command("fit", "image.npy", "-o", "f", "--hidden", 16, "--layers", 1, "--steps", 12, "--json", "--quiet",
                   cwd=tmp_path)
    wanted, found = json.loads(told), dict(sf.fit(tmp_path / "image.npy", **SMALL).numbers)
    for name in ("seconds", "points_per_second"):
        del wanted[name], found[name]
    assert found == wanted
    result = sf.compare(tmp_path / "image.npy", tmp_path / "out", activations=["sine", "relu"], steps=3, hidden=8)
    assert (tmp_path / "out" / "report.html").exists() and result.steps == 3
    assert sf.statistics(tmp_path / "law", hidden=32, layers=2).fixed_point > 0
    with pytest.raises(AttributeError, match="has no 'psnr'"):
        _ = sf.fit(wave(9, 8), **SMALL).psnr


def test_demo_check_and_bench_say_what_the_command_says(tmp_path: Path, command: Command) -> None:
    command("demo", "--steps", 2, "--output", "one", "--quiet", cwd=tmp_path)
    result = sf.demo(output=tmp_path / "two", steps=2)
    assert [Path(file).name for file in result.files][0] == "field.safetensors" and len(result.files) == 8
    for file in map(Path, result.files):
        assert file.read_bytes() == (tmp_path / "one" / file.name).read_bytes(), file

    x = sf.coordinates("x")
    u, k = sf.field("u", x, hidden=8, layers=1), sf.constant("k", 2)
    problem = sf.Problem([sf.Constraint(sf.d(u, x) - k * sf.data("f", np.ones(9)), sf.Grid(x=(0, 1, 9)))])
    problem.save(tmp_path / "p.toml")
    wanted = json.loads(command("check", "p.toml", "--json", "--set", "field.u.hidden=9", cwd=tmp_path))
    assert wanted["fields"][0]["parameters"] == 9 * 2 + 10 * 9 + 10
    assert sf.check(tmp_path / "p.toml", set={"field.u.hidden": 9}).numbers == wanted
    assert problem.check(set=["field.u.hidden=9"]).numbers == wanted
    assert command("check", "p.toml", cwd=tmp_path).strip() == sf.check(tmp_path / "p.toml").words
    with pytest.raises(FileNotFoundError, match="none.toml"):
        sf.check(tmp_path / "none.toml")

    [told] = sf.bench(["narrow"], steps=1, threads=1)
    assert set(told) == set(json.loads(command("bench", "--workload", "narrow", "--steps", 1, "--json", cwd=tmp_path)))
    assert (told["workload"], told["steps"], told["threads"]) == ("narrow", 1, 1)
    with pytest.raises(ValueError, match='"fast" is no workload'):
        sf.bench(["fast"])
    with pytest.raises(ValueError, match="`steps`: 0 is not"):
        sf.bench(steps=0)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="pip install 'sinefield\\[progress\\]'"):
        sf.fit(wave(8, 8), progress=True, **SMALL)
