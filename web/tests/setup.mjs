// What the tests of the page share: its folder and bundles, a server of it, and a browser.

import assert from "node:assert/strict";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { launch, open } from "./browser.mjs";
import { sound } from "./samples.mjs";
import { serve } from "./serve.mjs";

export const DIST = resolve(process.env.DIST ?? join(import.meta.dirname, "../dist"));
export const OUT = process.env.OUT ?? (await mkdtemp(join(tmpdir(), "sinefield-page-")));
/** The command with the page in it, if it is to be tested too. */
export const COMMAND = process.env.SINEFIELD_COMMAND;
/** Settings of a fit that is fast, where the fit is not what is tested. */
export const SMALL = "#size=64&hidden=32&layers=2";

/** The bundles that were built. */
export const { BUILT } = await import(pathToFileURL(join(DIST, "engine/built.js")));
/** The one of them that the page takes in this browser, in the order of bundle.js. */
export const FASTEST = ["relaxed-threads", "simd128-threads", "relaxed", "simd128"].find((name) => BUILT.includes(name));
/** Whether a bundle needs a host that isolates the page. */
export const needsIsolation = (bundle) => bundle.endsWith("-threads");

/** What the tests ask of the page's own folder. */
export const EXTRA = new Map([
  ["/tones.wav", sound(0.5, 8000).buffer],
  ["/engine-worker.js", await readFile(join(import.meta.dirname, "engine-worker.js"))],
]);

export let server;
export let browser;

before(async () => {
  server = await serve(DIST, EXTRA, needsIsolation(FASTEST));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** A test with a page of its own, which must end without errors. */
export function onPage(name, address, body, options = {}) {
  test(name, async () => {
    const { page, faults, close } = await open(browser, server.address + address, options);
    await body(page);
    assert.deepEqual(faults, []);
    await close();
  });
}
