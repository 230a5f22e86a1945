// Tests of the live page in Chromium, against the engine in web/dist.
//
//     npm ci && node --test
//
// DIST names another folder than web/dist, CHROMIUM another browser, SINEFIELD_COMMAND a command with the page in it. With
// OUT the downloaded field and a picture of the page are kept in that folder.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  askEngine, distance, drawn, longestTask, open, pause, pixels, psnr, reach, said, saveField, show, step,
} from "./browser.mjs";
import "./engine.mjs";
import { BROKEN, hugePicture } from "./samples.mjs";
import { browser, BUILT, COMMAND, DIST, needsIsolation, onPage, OUT, server, SMALL } from "./setup.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** PSNR in dB that the photograph must reach in 50 steps with the first settings; 27.0 dB were measured. */
const FIRST_PSNR = 25;
/** A window in which a render of the zoom is not long. */
const MODEST = { viewport: { width: 900, height: 640 } };
/** Milliseconds from which a task of the main thread is long. */
const LONG_TASK = 50;

onPage("fits the photograph", "", async (page) => {
  await reach(page, 50);
  const reached = await psnr(page);
  assert.ok(reached > FIRST_PSNR, `${reached} dB`);
  await page.waitForTimeout(1000);
  const [own, field] = [await pixels(page, 'canvas[data-row="own"]'), await pixels(page, 'canvas[data-row="field"]')];
  assert.ok(distance(own, field) < 20, `the field is ${distance(own, field)} grey levels from the picture`);
  await page.screenshot({ path: join(OUT, "page.png") });
});

onPage("leaves the main thread free", "", async (page) => {
  await page.waitForTimeout(1000);
  const longest = await longestTask(browser, page, 3000);
  assert.ok(longest < LONG_TASK, `a task of ${longest} ms`);
});

onPage("pauses, steps and starts again", `${SMALL}&steps=20000`, async (page) => {
  await reach(page, 5);
  await pause(page);
  const at = await step(page);
  await page.click("#step");
  await reach(page, at + 1);
  assert.equal(await step(page), at + 1);
  await page.click("#again");
  await page.waitForFunction(() => location.hash.includes("seed=1"));
  await page.waitForFunction(() => document.getElementById("run").textContent === "Pause");
});

onPage("zooms, and tells the numbers that the field has", SMALL, async (page) => {
  await reach(page, 60);
  await pause(page);
  await show(page, "zoom");
  await drawn(page);
  const before = await pixels(page, "#explorer");
  const box = await page.locator("#explorer").boundingBox();
  const magnification = await page.textContent("#magnification");
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.4 * box.height);
  await page.mouse.wheel(0, -600);
  await page.waitForFunction((old) => document.getElementById("magnification").textContent !== old, magnification);
  await drawn(page);
  const after = await pixels(page, "#explorer");
  assert.ok(distance(before, after) > 5);

  await page.waitForTimeout(300); // the readout follows the render
  await saveField(page, join(OUT, "zoomed.safetensors"));
  const bytes = [...(await readFile(join(OUT, "zoomed.safetensors")))];
  const { row, column, shown, pixel } = await page.evaluate(readReadout);
  const wanted = await askEngine(page, { part: 1, task: "probe", args: [bytes, row, column] });
  const numbers = [wanted.value[0], ...wanted.gradient[0], wanted.laplacian[0], ...wanted.hessian[0]];
  for (const [at, number] of numbers.entries()) {
    const near = Math.abs(shown[at] - number) < 0.00006; // four decimals are shown
    assert.ok(near, `${shown[at]}, not ${number}, at ${row}, ${column}`);
  }
  const grey = Math.min(1, Math.max(0, wanted.value[0]));
  assert.ok(Math.abs(pixel / 255 - grey) < 0.02, `${pixel} for ${grey}`);
}, MODEST);

/** In the page: the readout, and the grey that is drawn under the pointer. */
function readReadout() {
  const { row, column } = document.getElementById("readout").dataset;
  const ids = ["value", "down", "across", "laplacian", "hessian-down", "hessian-mixed", "hessian-across"];
  const shown = ids.map((id) => Number(document.getElementById(`probe-${id}`).textContent.replace("\u2212", "-")));
  const canvas = document.getElementById("explorer");
  const at = [0.6 * canvas.width, 0.4 * canvas.height].map(Math.floor);
  const pixel = canvas.getContext("2d").getImageData(at[0], at[1], 1, 1).data[0];
  return { row: Number(row), column: Number(column), shown, pixel };
}

onPage("shows quantities, and zooms by keys", SMALL, async (page) => {
  await reach(page, 30);
  await pause(page);
  await show(page, "zoom");
  await drawn(page);
  const pictures = [await pixels(page, "#explorer")];
  const derivatives = ["gradient-magnitude", "laplacian", "gradient-down", "gradient-across"];
  for (const quantity of [...derivatives, "hessian-down", "hessian-mixed", "hessian-across", "pixels"]) {
    await page.check(`input[name="quantity"][value="${quantity}"]`, { force: true });
    await drawn(page);
    const next = await pixels(page, "#explorer");
    for (const other of pictures) assert.ok(distance(next, other) > 2, quantity);
    pictures.push(next);
  }
  await page.focus("#explorer");
  for (const key of ["+", "+", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await drawn(page);
  assert.ok(distance(await pixels(page, "#explorer"), pictures.at(-1)) > 2);
  await page.keyboard.press("0");
  await drawn(page);
  assert.ok(distance(await pixels(page, "#explorer"), pictures.at(-1)) < 0.01);
}, MODEST);

onPage("says what is wrong with a file, and goes on", SMALL, async (page) => {
  await reach(page, 5);
  await page.setInputFiles("#file", hugePicture());
  await said(page, "200 megapixels");
  await page.evaluate(([name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [BROKEN.name, [...BROKEN.buffer]]);
  await said(page, "is not a picture that the browser can read");
  await page.setInputFiles("#file", { ...BROKEN, name: "broken.wav" });
  await said(page, "is not a sound that the browser can read");
  await page.setInputFiles("#file", { ...BROKEN, name: "broken.safetensors" });
  await page.waitForFunction(() => !document.getElementById("status").textContent.includes("sound"));
  assert.match(await page.textContent("#status"), /^[A-Z].*\.$/);
  await reach(page, (await step(page)) + 5);
});

onPage("gives the field as a file, and opens it", SMALL, async (page) => {
  await reach(page, 20);
  const path = join(OUT, "field.safetensors");
  assert.equal(await saveField(page, path), "camera.safetensors");
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  JSON.parse(bytes.subarray(8, 8 + length).toString());
  if (COMMAND) {
    const told = JSON.parse(execFileSync(COMMAND, ["info", path, "--json"]));
    assert.deepEqual(told.axes.map((axis) => axis.samples), [64, 64]);
  }
  await page.setInputFiles("#file", path);
  await page.waitForFunction(() => document.getElementById("source-note").textContent.includes("a field from a file"));
  await drawn(page);
  assert.ok(await page.isDisabled("#run"));
  await page.click("#bundled");
  await reach(page, 5);
});

onPage("compares activations", SMALL, async (page) => {
  await show(page, "compare");
  await page.click("#compare-run");
  const scored = () => [...document.querySelectorAll(".score")].every(({ textContent }) => textContent.includes("dB"));
  await page.waitForFunction(scored, null, { timeout: 120_000 });
  const drawn = () => [...document.querySelectorAll("#contestants canvas")].every(({ width }) => width === 64);
  await page.waitForFunction(drawn);
  const [sine, relu, tanh, positional] = await page.evaluate(readParameters);
  assert.deepEqual([relu, tanh], [sine, sine]);
  assert.ok(positional <= sine && positional > 0.9 * sine, `${positional} parameters, not nearly ${sine}`);
  assert.equal(await page.textContent("#run"), "Go on");
  await page.click("#compare-run");
  await page.click("#run");
  await page.waitForFunction(() => document.getElementById("run").textContent === "Pause");
});

/** In the page: the numbers of parameters of the four networks. */
function readParameters() {
  const texts = [...document.querySelectorAll("#contestants .parameters")].map(({ textContent }) => textContent);
  return texts.map((text) => Number(text.replace(/\D/g, "")));
}

onPage("clones a picture without a seam", SMALL, async (page) => {
  await show(page, "paste");
  await page.waitForFunction(() => document.getElementById("paste-place").textContent !== "");
  await page.focus("#paste-canvas");
  await page.keyboard.press("Shift+ArrowRight");
  await page.click("#clone");
  await page.waitForFunction(() => document.getElementById("source-note").textContent === "A seamless clone.");
  await page.waitForFunction(() => document.getElementById("paste-result").width === 64);
  // The clone comes near the picture outside of the rectangle. The fit takes its time on a slow machine.
  const far = async () => distance(await pixels(page, "#paste-canvas"), await pixels(page, "#paste-result"));
  for (let waits = 0; (await far()) >= 30; waits++) {
    assert.ok(waits < 120, `${await far()} grey levels from the picture`);
    await page.waitForTimeout(250);
  }
  await page.click("#unclone");
  await page.waitForFunction(() => document.getElementById("source-note").textContent.startsWith("camera.png"));
});

const SOUND = "?source=tones.wav&name=tones.wav&settings={%22hidden%22:32}";
onPage("fits and plays a sound from the address", SOUND, async (page) => {
  await reach(page, 20);
  assert.match(await page.textContent("#source-note"), /^tones\.wav: 8,000 samples at 16,000 Hz/);
  assert.equal(await page.inputValue("#set-hidden"), "32");
  const levels = new Set(await pixels(page, "#wave-field"));
  assert.ok(levels.size > 1);
  const played = ["12345", "1000", "192000"].map((rate) => [rate, `at ${rate} samples a second`]);
  for (const [rate, sentence] of [...played, ["10", "give a rate from 1000 to 192000"]]) {
    await page.fill("#play-rate", rate);
    await page.click("#play-field");
    await said(page, sentence);
  }
  await page.screenshot({ path: join(OUT, "sound.png") });
});

onPage("refuses addresses of other sites", "?field=https://example.com/a.safetensors", async (page) => {
  await said(page, "its own site only");
});

onPage("draws again when a hidden tab is shown", SMALL, async (page) => {
  await reach(page, 5);
  const hide = (hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  await page.evaluate(hide, true);
  await page.waitForTimeout(800);
  const hidden = await pixels(page, 'canvas[data-row="field"]');
  await reach(page, (await step(page)) + 30);
  assert.deepEqual(await pixels(page, 'canvas[data-row="field"]'), hidden);
  await page.evaluate(hide, false);
  await page.waitForTimeout(1500);
  assert.ok(distance(await pixels(page, 'canvas[data-row="field"]'), hidden) > 0.1);
});

for (const colorScheme of ["light", "dark"]) {
  onPage(`is accessible, ${colorScheme}`, SMALL, async (page) => {
    await reach(page, 5);
    await page.evaluate(AXE);
    for (const panel of ["fit", "zoom", "compare", "paste"]) {
      await show(page, panel);
      await page.waitForTimeout(300);
      const { violations } = await page.evaluate(() => window.axe.run());
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      assert.deepEqual(found, [], panel);
    }
  }, { colorScheme });
}

onPage("fits a phone", SMALL, async (page) => {
  await reach(page, 5);
  for (const panel of ["fit", "zoom", "compare", "paste"]) {
    await show(page, panel);
    const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(content <= width, `${panel}: ${content} of ${width} pixels`);
  }
}, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });

const SINGLE = resolve(DIST, "../sinefield.html");
const loads = BUILT.some((bundle) => !needsIsolation(bundle)) && existsSync(SINGLE);
const single = { skip: !loads && "web/sinefield.html is not built" };
test("opens as one file from a folder", single, async () => {
  const { page, faults, close } = await open(browser, pathToFileURL(SINGLE).href + SMALL);
  await reach(page, 20);
  await pause(page);
  await show(page, "zoom");
  await drawn(page);
  const path = join(OUT, "single.safetensors");
  await saveField(page, path);
  await page.setInputFiles("#file", path);
  await page.waitForFunction(() => document.getElementById("source-note").textContent.includes("a field from a file"));
  await drawn(page);
  assert.deepEqual(faults, []);
  await close();
});

test("says that a worker of the one file has failed", single, async () => {
  const html = await readFile(SINGLE, "utf8");
  assert.ok(!html.includes("open sinefield.html"), "it says to open itself");
  const start = '"fit-worker.js":{"text":"';
  assert.ok(html.includes(start));
  const broken = join(OUT, "broken.html");
  await writeFile(broken, html.replace(start, `${start}throw new Error();`));
  const { page, close } = await open(browser, pathToFileURL(broken).href + SMALL);
  await said(page, "The engine could not be loaded");
  await close();
});

test("says what to do when its files are opened from a folder", async () => {
  const { page, close } = await open(browser, pathToFileURL(join(DIST, "index.html")).href);
  await page.waitForSelector("#unstarted", { state: "visible" });
  assert.match(await page.textContent("#unstarted"), /open sinefield\.html instead/);
  await close();
});

const served = "is served by the command, which opens a field and a job";
test(served, { skip: !COMMAND && "SINEFIELD_COMMAND is not set" }, async () => {
  const fitted = join(OUT, "served.safetensors");
  const photograph = join(DIST, "camera.png");
  const small = ["--resize", "32", "--hidden", "16", "--layers", "1", "--steps", "5", "--quiet"];
  execFileSync(COMMAND, ["fit", photograph, "-o", fitted, ...small]);
  const job = join(OUT, "job.toml");
  await writeFile(job, `job = "fit"\nsignal = "${photograph}"\noutput = "${fitted}"\nhidden = 24\nlayers = 2\n`);
  for (const [options, wanted] of [[["--field", fitted], "1 x 16 sine"], [["--job", job], "2 x 24 sine"]]) {
    const command = spawn(COMMAND, ["page", ...options]);
    try {
      const [line] = await once(command.stdout, "data");
      const { page, faults, close } = await open(browser, line.toString().trim());
      assert.ok(await page.evaluate(() => crossOriginIsolated));
      const noted = (part) => document.getElementById("network-note").textContent.includes(part);
      await page.waitForFunction(noted, wanted);
      assert.deepEqual(faults, []);
      await close();
    } finally {
      command.kill();
    }
  }
});

test("says what to do without SIMD", async () => {
  const prepare = (page) => page.addInitScript(() => (WebAssembly.validate = () => false));
  const { page, close } = await open(browser, server.address, {}, prepare);
  await said(page, "no WebAssembly SIMD");
  await close();
});
