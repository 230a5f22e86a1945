// The main thread's side of the fit worker. It starts the worker, passes messages on by session, and replaces the
// worker after the engine has stopped.

import { launch } from "./launch.js";

const SCRIPT = new URL("./fit-worker.js", import.meta.url);

/**
 * @typedef {object} Listener what a session wants to hear
 * @property {(settings: object[]) => void} started
 * @property {(index: number, progress: object) => void} progress
 * @property {(index: number, bytes: Uint8Array) => void} field
 * @property {(done: boolean) => void} held
 * @property {(sentence: string) => void} fault
 */

export class Fitter {
  #engine = null;
  #listeners = new Map();
  #tokens = new Map(); // the last start of each session; what older ones send is ignored
  #count = 0;

  /** @param {(engine: object) => void} onReady hears once what the engine is */
  constructor(onReady) {
    this.onReady = onReady;
    this.#launch();
  }

  /**
   * @param {string} session
   * @param {Listener} listener
   */
  listen(session, listener) {
    this.#listeners.set(session, listener);
  }

  /**
   * Starts a session anew.
   * @param {string} session
   * @param {object} source a picture, a sound or a clone
   * @param {object[]} settings one object for each fit
   * @param {boolean} go whether to run at once
   */
  start(session, source, settings, go) {
    const token = ++this.#count;
    this.#tokens.set(session, token);
    this.#post({ type: "start", session, token, source, settings: settings.map((each) => JSON.stringify(each)), go });
  }

  /** @param {string} session */
  go(session) {
    this.#post({ type: "go", session });
  }

  hold() {
    this.#post({ type: "hold" });
  }

  /** @param {string} session */
  step(session) {
    this.#post({ type: "step", session });
  }

  /** @param {string} session */
  drop(session) {
    this.#tokens.delete(session);
    this.#post({ type: "drop", session });
  }

  /** Sends a message. A stopped worker is replaced by the next start, not before: the new one might stop at once. */
  #post(message) {
    if (!this.#engine && message.type === "start") this.#launch();
    this.#engine?.worker.postMessage(message);
  }

  #launch() {
    this.#engine = launch(SCRIPT, (message) => this.#hear(message));
    const sentence = "The engine could not be loaded; reload the page.";
    this.#engine.worker.onerror = () => this.#failed({ sentence, fatal: true });
  }

  #hear(message) {
    if (message.type === "ready") return this.onReady(message.engine);
    if (message.type === "fault") return this.#failed(message);
    const listener = this.#listeners.get(message.session);
    if (!listener || this.#tokens.get(message.session) !== message.token) return;
    if (message.type === "started") listener.started(message.settings);
    if (message.type === "progress") listener.progress(message.index, message.progress);
    if (message.type === "field") listener.field(message.index, message.bytes);
    if (message.type === "held") listener.held(message.done);
  }

  /** A stopped engine loses every session; another error only its own. */
  #failed({ session, sentence, fatal }) {
    if (fatal) {
      this.#engine?.end();
      this.#engine = null;
    }
    const concerned = fatal || !session ? [...this.#listeners.keys()] : [session];
    for (const each of concerned) this.#listeners.get(each)?.fault(sentence);
  }
}
