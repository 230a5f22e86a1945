// Starts Chromium, opens the page, and reads from it what several tests need.

import { chromium } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** @returns {Promise<import("playwright-core").Browser>} */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * Opens the page and notes what must not happen: errors, and requests to other hosts.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {object} [options] of the browser context
 * @param {(page: import("playwright-core").Page) => Promise<void>} [prepare] what to do before the page loads
 */
export async function open(browser, address, options = {}, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(60_000); // for machines that do other work as well
  const page = await context.newPage();
  const faults = [];
  const host = new URL(address).host;
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== host && !["blob:", "data:"].includes(url.protocol)) faults.push(`request to ${url.host}`);
  });
  await prepare(page);
  await page.goto(address);
  return { page, faults, close: () => context.close() };
}

/** The step that the page shows. */
export async function step(page) {
  const text = await page.textContent("#stat-step");
  return Number(text.split("/")[0].replaceAll(",", "")) || 0;
}

/** The PSNR that the page shows. */
export async function psnr(page) {
  return Number.parseFloat(await page.textContent("#stat-psnr"));
}

/** Waits until the fit has taken `count` steps. */
export async function reach(page, count) {
  const reached = (least) => {
    const text = document.getElementById("stat-step").textContent;
    return Number(text.split("/")[0].replaceAll(",", "")) >= least;
  };
  await page.waitForFunction(reached, count, { timeout: 120_000, polling: 50 });
}

/** Waits until a sentence of the status line holds `part`. */
export async function said(page, part) {
  const holds = (text) => document.getElementById("status").textContent.includes(text);
  await page.waitForFunction(holds, part);
}

/** Opens a tab. */
export async function show(page, panel) {
  await page.click(`#tab-${panel}`);
}

/** Pauses the fit. */
export async function pause(page) {
  if ((await page.textContent("#run")) === "Pause") await page.click("#run");
  await page.waitForFunction(() => document.getElementById("run").textContent !== "Pause");
}

/** The red bytes of a canvas. */
export function pixels(page, selector) {
  return page.evaluate((chosen) => {
    const canvas = document.querySelector(chosen);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data.filter((_, at) => at % 4 === 0));
  }, selector);
}

/** Waits until the zoom has drawn its finest pass. */
export async function drawn(page) {
  await page.waitForTimeout(100); // a change of the region is heard first
  const complete = () => document.getElementById("explorer").dataset.state === "complete";
  await page.waitForFunction(complete, null, { timeout: 120_000 });
}

/**
 * The longest task of the page's main thread in some time, in milliseconds. It is the thread's own time, unlike that of
 * a PerformanceObserver for long tasks, which also counts while other programs hold the processor.
 */
export async function longestTask(browser, page, milliseconds) {
  await browser.startTracing(page, { categories: ["toplevel"] });
  await page.waitForTimeout(milliseconds);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const place = ({ pid, tid }) => `${pid} ${tid}`;
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const main = new Set(threads.map(place));
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && event.tdur && main.has(place(event)));
  if (!tasks.length) throw new Error("the trace has no tasks");
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}

/** Saves the field by its button; returns the name that the page gives to it. */
export async function saveField(page, path) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-field")]);
  await download.saveAs(path);
  return download.suggestedFilename();
}

/** The mean of absolute differences. */
export function distance(one, other) {
  return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;
}

/**
 * Asks the engine of a worker of its own; see engine-worker.js.
 * @param {import("playwright-core").Page} page
 * @param {{part: number, task: string, args: any[]}} question bytes are given as arrays
 */
export function askEngine(page, question) {
  return page.evaluate(async ({ part, task, args }) => {
    const worker = new Worker("./engine-worker.js", { type: "module" });
    const answer = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    const bytes = args.map((each) => (Array.isArray(each) ? new Uint8Array(each) : each));
    worker.postMessage({ part, task, args: bytes });
    const { value, sentence } = await answer;
    worker.terminate();
    if (sentence) throw new Error(sentence);
    return value;
  }, question);
}
