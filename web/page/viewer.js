// The main thread's side of the view worker: it puts fields in, asks for renders and answers, and draws strips.

import { launch } from "./launch.js";

const SCRIPT = new URL("./view-worker.js", import.meta.url);
/** How often in a row the engine may stop without having drawn or answered anything, before it is left so. */
const MOST_STOPS = 2;

/**
 * @typedef {object} Render
 * @property {(strip: object) => void} draw hears every strip
 * @property {() => void} [finished] hears that the last strip was drawn, or that there will be none
 */

export class Viewer {
  #engine = null;
  #fields = new Map(); // name -> the latest bytes, for a new worker
  #renders = new Map(); // target -> {id, draw, finished}
  #calls = new Map(); // id -> {resolve, reject}
  #count = 0;
  #stops = 0;
  #reason = ""; // of the last stop

  /** @param {(sentence: string) => void} onFault hears what goes wrong in a render */
  constructor(onFault) {
    this.onFault = onFault;
    this.#launch();
  }

  /**
   * Gives newer bytes of the field `name`. The bytes are copied.
   * @param {string} name
   * @param {Uint8Array} bytes
   */
  put(name, bytes) {
    this.#fields.set(name, bytes);
    this.#post({ type: "put", name, bytes });
  }

  /** @param {string} name */
  forget(name) {
    this.#fields.delete(name);
    this.#post({ type: "forget", name });
  }

  /**
   * Asks for a render. It replaces an earlier one for the same target.
   * @param {string} target
   * @param {import("./view-render.js").Request} request
   * @param {Render} render
   */
  render(target, request, render) {
    const id = ++this.#count;
    this.#renders.set(target, { id, ...render });
    this.#post({ type: "render", target, id, request });
  }

  /** @param {string} target */
  cancel(target) {
    this.#renders.delete(target);
    this.#post({ type: "cancel", target });
  }

  /**
   * Asks for an answer.
   * @param {"info" | "probe" | "sound" | "differences"} method
   * @param {...any} args
   * @returns {Promise<any>}
   */
  call(method, ...args) {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#post({ type: "call", id, method, args });
    });
  }

  /** Lets an engine that was left start again, since something else is shown. */
  renew() {
    this.#stops = 0;
  }

  /** Sends a message. A stopped worker is replaced when something is asked of it, unless it has stopped too often. */
  #post(message, transfer = []) {
    if (!this.#engine && ["render", "call"].includes(message.type)) {
      if (this.#stops >= MOST_STOPS) return queueMicrotask(() => this.#refuse(message));
      this.#launch();
    }
    this.#engine?.worker.postMessage(message, transfer);
  }

  #launch() {
    this.#engine = launch(SCRIPT, (message) => this.#hear(message));
    const sentence = "The engine of the views could not be loaded; reload the page.";
    this.#engine.worker.onerror = () => this.#fault({ sentence, fatal: true });
    for (const [name, bytes] of this.#fields) this.#engine.worker.postMessage({ type: "put", name, bytes });
  }

  #hear(message) {
    if (["strip", "answer"].includes(message.type)) this.#stops = 0;
    if (message.type === "strip") this.#strip(message);
    if (message.type === "answer") this.#answer(message.id, (call) => call.resolve(message.value));
    if (message.type === "fault") this.#fault(message);
  }

  #strip(strip) {
    const render = this.#renders.get(strip.target);
    if (render?.id === strip.id) {
      render.draw(strip);
      if (strip.last) this.#finish(strip.target, strip.id);
    }
    const { buffer } = strip.pixels;
    this.#post({ type: "buffer", buffer }, [buffer]);
  }

  #answer(id, settle) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call) settle(call);
  }

  #finish(target, id) {
    const render = this.#renders.get(target);
    if (!render || render.id !== id) return;
    this.#renders.delete(target);
    render.finished?.();
  }

  #fault({ target, id, sentence, fatal }) {
    if (fatal) {
      this.#engine?.end();
      this.#engine = null;
      this.#stops++;
      this.#reason = sentence;
    }
    const calls = fatal ? [...this.#calls.keys()] : [id];
    for (const call of calls) this.#answer(call, ({ reject }) => reject(new Error(sentence)));
    const renders = fatal ? [...this.#renders] : [[target, { id }]];
    for (const [lost, render] of renders) this.#finish(lost, render.id);
    if (target || fatal) this.onFault(sentence);
  }

  /** Ends what is asked of an engine that is left, and marks the error: its sentence was shown when the engine stopped. */
  #refuse({ target, id }) {
    this.#answer(id, ({ reject }) => reject(Object.assign(new Error(this.#reason), { told: true })));
    this.#finish(target, id);
  }
}

/**
 * Runs an asynchronous task again when it is asked for meanwhile, at most once more. Progress that comes faster than
 * it can be drawn is so skipped and never piles up.
 */
export class Refresher {
  #busy = false;
  #again = false;

  /**
   * @param {() => Promise<void>} task
   * @param {(sentence: string) => void} onFault hears why the task failed
   */
  constructor(task, onFault) {
    this.task = task;
    this.onFault = onFault;
  }

  async ask() {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#again) {
      this.#again = false;
      await this.task().catch((error) => error.told || this.onFault(error.message));
    }
    this.#busy = false;
  }
}
