// Loads the WebAssembly engine inside a worker, and sorts what it throws.

import { usableBundles } from "./bundle.js";

/**
 * Imports and starts the engine: the fastest bundle that is there.
 * @returns {Promise<any>} the exports of the bundle
 */
export async function loadEngine() {
  let cause = null;
  for (const bundle of usableBundles()) {
    try {
      const engine = await import(`./engine/${bundle}/sinefield_web.js`);
      await engine.default();
      return engine;
    } catch (error) {
      cause = error;
    }
  }
  throw new Error(`The engine could not be loaded (${cause?.message}); reload the page.`);
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
