// Loads the WebAssembly engine inside a worker, and sorts what it throws.

import { usableBundles } from "./bundle.js";

/** The most threads of one engine. Each is a worker of the browser, which takes memory. */
const MOST_THREADS = 8;

/**
 * The workers of the threads. Firefox ends a worker with shared memory to which no variable refers (Mozilla bug 1702191).
 * @type {Worker[]}
 */
let workers = [];

/**
 * Imports and starts the engine: the fastest bundle that is there.
 * @param {number} part the part of the threads that an engine can have here: one for each core, up to the most
 * @returns {Promise<any>} the exports of the bundle
 */
export async function loadEngine(part) {
  const most = Math.min(MOST_THREADS, navigator.hardwareConcurrency ?? 1);
  const count = Math.max(1, Math.floor(part * most));
  let cause = null;
  for (const bundle of usableBundles()) {
    try {
      const engine = await import(`./engine/${bundle}/sinefield_web.js`);
      if (bundle.endsWith("-threads")) await startThreads(engine, bundle, count);
      else await engine.default();
      return engine;
    } catch (error) {
      cause = error;
    }
  }
  const why = cause?.message ?? "no bundle was built for this browser";
  throw new Error(`The engine could not be loaded (${why}); reload the page.`);
}

/** Starts an engine and its threads. A browser starts no worker while this one waits, so all are ready before. */
async function startThreads(engine, bundle, count) {
  const answer = await fetch(new URL(`./engine/${bundle}/sinefield_web_bg.wasm`, import.meta.url));
  const module = await WebAssembly.compile(await answer.arrayBuffer());
  const { memory } = await engine.default({ module_or_path: module });
  engine.start_threads(count);
  const script = new URL("./thread-worker.js", import.meta.url);
  workers = Array.from({ length: count }, () => new Worker(script, { type: "module", name: self.name }));
  const ready = (worker) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { sentence } }) => (sentence ? reject(new Error(sentence)) : resolve());
      worker.onerror = () => reject(new Error("a thread could not be started"));
      worker.postMessage({ bundle, module, memory });
    });
  try {
    await Promise.all(workers.map(ready));
  } catch (error) {
    workers.forEach((worker) => worker.terminate());
    workers = [];
    throw error;
  }
}

/**
 * Describes an error for the main thread. After a fatal one the worker must be replaced: a trapped module has lost
 * its state.
 * @param {unknown} error
 * @returns {{sentence: string, fatal: boolean}}
 */
export function describe(error) {
  const trapped = error instanceof WebAssembly.RuntimeError;
  if (trapped || error instanceof RangeError) {
    const sentence =
      "The engine stopped, most likely because memory ran out; choose a smaller picture or network, then start again.";
    return { sentence, fatal: true };
  }
  return { sentence: error instanceof Error ? error.message : String(error), fatal: false };
}

/**
 * Makes a function that lets the worker hear its messages before it goes on. Unlike a timer, it does not wait.
 * @returns {() => Promise<void>}
 */
export function makePause() {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => waiting.shift()();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}
