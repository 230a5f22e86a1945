// Tests of the engine in the page: its bundles, its threads, and what the page does when it stops.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { askEngine, open, reach, said } from "./browser.mjs";
import { waves } from "./samples.mjs";
import { serve } from "./serve.mjs";
import { browser, BUILT, COMMAND, DIST, EXTRA, FASTEST, needsIsolation, OUT, server, SMALL } from "./setup.mjs";

/** A fit of 20 steps that each bundle and the command make. */
const SETTINGS = { hidden: 64, layers: 3, steps: 20 };
const SIDE = 48;
/** The relative difference of losses. Each instruction set rounds other sums to float32; 1e-7 was measured. */
const ROUNDING = 1e-5;

/**
 * Serves the page with an engine in which one export is another.
 * @param {string} name
 * @param {string} other JavaScript; the exports of the engine are those of `real`
 */
async function serveChanged(name, other) {
  const bundle = `/engine/${FASTEST}/sinefield_web.js`;
  const real = await readFile(join(DIST, bundle));
  const kept = ["engine", "differences", "start_threads", "run_thread", "Fitting", "View"].filter((each) => each !== name);
  const changed = `
    import init, * as real from "./real.js";
    export default init;
    export const { ${kept.join(", ")} } = real;
    export const ${name} = ${other};`;
  const files = new Map([[bundle, Buffer.from(changed)], [`/engine/${FASTEST}/real.js`, real]]);
  return serve(DIST, files, needsIsolation(FASTEST));
}

test("starts the engine anew when it has stopped", async () => {
  const stopping = await serveChanged("Fitting", `{ picture(settings, ...rest) {
    if (JSON.parse(settings).hidden === 256) throw new WebAssembly.RuntimeError("unreachable");
    return real.Fitting.picture(settings, ...rest);
  } }`);
  const { page, faults, close } = await open(browser, stopping.address);
  await reach(page, 5);
  await page.fill("#set-hidden", "256");
  await page.press("#set-hidden", "Enter");
  await said(page, "memory ran out");
  assert.equal(await page.textContent("#run"), "Start again");
  await page.fill("#set-hidden", "32");
  await page.press("#set-hidden", "Enter");
  await reach(page, 5);
  assert.deepEqual(faults, []);
  await close();
  stopping.close();
});

const left = "leaves a view engine that stops again and again, until another fit";
test(left, async () => {
  const stopping = await serveChanged("View", `class {
    constructor() { throw new WebAssembly.RuntimeError("unreachable"); }
  }`);
  let starts = 0;
  const count = (worker) => (starts += worker.url().endsWith("/view-worker.js"));
  const prepare = async (page) => page.on("worker", count);
  const { page, faults, close } = await open(browser, `${stopping.address}${SMALL}&steps=20000`, {}, prepare);
  const leftAfter = async (wanted) => {
    for (let waits = 0; starts < wanted && waits < 300; waits++) await page.waitForTimeout(100);
    await page.waitForTimeout(1500); // fields keep coming
    assert.equal(starts, wanted);
  };
  await leftAfter(2);
  await said(page, "The engine stopped");
  await page.click("#again");
  await leftAfter(4);
  assert.deepEqual(faults, []);
  await close();
  stopping.close();
});

/** Serves the page with one bundle. */
function serveBundle(bundle) {
  const built = Buffer.from(`export const BUILT = ["${bundle}"];`);
  return serve(DIST, new Map([...EXTRA, ["/engine/built.js", built]]), needsIsolation(bundle));
}

/** The loss of the command. */
async function commandLoss() {
  const [signal, output] = [join(OUT, "waves.pgm"), join(OUT, "waves.safetensors")];
  await writeFile(signal, waves(SIDE).file);
  await rm(output, { force: true });
  const options = Object.entries(SETTINGS).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const report = execFileSync(COMMAND, ["fit", signal, "-o", output, ...options, "--json", "--quiet"]);
  return JSON.parse(report).final_loss;
}

const compared = "has the loss of the command after 20 steps in every bundle";
test(compared, { skip: !COMMAND && "SINEFIELD_COMMAND is not set" }, async () => {
  const wanted = await commandLoss();
  for (const bundle of BUILT) {
    const host = await serveBundle(bundle);
    const { page, faults, close } = await open(browser, host.address + SMALL);
    const { loss } = await askEngine(page, { part: 1, task: "fit", args: [SETTINGS, [...waves(SIDE).pixels], SIDE] });
    assert.ok(Math.abs(loss / wanted - 1) < ROUNDING, `${bundle}: ${loss}, not ${wanted}`);
    assert.deepEqual(faults, []);
    await close();
    host.close();
  }
});

const withThreads = { skip: !needsIsolation(FASTEST) && "no bundle with threads is built" };
const threaded = "has the same bits on one thread and on more";
test(threaded, withThreads, async (context) => {
  const { page, faults, close } = await open(browser, server.address + SMALL);
  const fit = (part) => askEngine(page, { part, task: "fit", args: [SETTINGS, [...waves(SIDE).pixels], SIDE] });
  const cores = await page.evaluate(() => Math.min(8, navigator.hardwareConcurrency));
  await page.waitForFunction((text) => document.getElementById("engine-note").textContent.includes(text), `, ${cores} thread`);
  const [one, many] = [await fit(0), await fit(1)];
  assert.deepEqual([one.threads, many.threads], [1, cores]);
  if (cores === 1) context.diagnostic("this machine has one core, so that both fits had one thread");
  assert.equal(one.loss, many.loss);
  assert.deepEqual(one.field, many.field);
  assert.deepEqual(faults, []);
  await close();
});

test("hears that a thread has stopped", withThreads, async () => {
  const source = await readFile(join(DIST, "thread-worker.js"), "utf8");
  const call = "engine.run_thread();";
  assert.ok(source.includes(call));
  const stopping = source.replace(call, 'throw new WebAssembly.RuntimeError("unreachable");');
  const stopped = await serve(DIST, new Map([["/thread-worker.js", Buffer.from(stopping)]]), true);
  const { page, close } = await open(browser, stopped.address);
  await said(page, "The engine stopped");
  await close();
  stopped.close();
});

const alone = [
  ["relaxed", "takes one thread where the page is not isolated"],
  ["simd128", "takes the plain bundle without relaxed SIMD"],
];
for (const [bundle, name] of alone) {
  test(name, { skip: !BUILT.includes(bundle) && `${bundle} is not built` }, async () => {
    const source = await readFile(join(DIST, "bundle.js"), "utf8");
    const plain = bundle === "simd128" ? source.replace("0xfd, 0x85, 0x02", "0xfd, 0xff, 0x02") : source;
    assert.equal(source === plain, bundle !== "simd128");
    const host = await serve(DIST, new Map([["/bundle.js", Buffer.from(plain)]]));
    const { page, faults, close } = await open(browser, host.address);
    await reach(page, 5);
    assert.match(await page.textContent("#engine-note"), new RegExp(`WebAssembly ${bundle}.*, 1 thread\\.`));
    assert.deepEqual(faults, []);
    await close();
    host.close();
  });
}
