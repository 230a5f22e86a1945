// The state of the page: what is fitted or opened, how far the fit is, and the field as last heard. Panels listen.
//
// Events: "source" (another picture, sound, clone or field file), "progress", "field" (newer bytes are in the viewer),
// "state" (running, paused, done, lost, opened, none), "settings" (what the engine took). A lost fit met an error, and
// can only start again.

import { readingSettings, readSource } from "./source.js";

/** The name of the fit's session and of its field in the viewer. */
export const MAIN = "main";
/** Milliseconds without another change after which a fit starts with changed settings. */
const SETTLE = 300;

/**
 * @typedef {object} Parts what the panels share
 * @property {Project} project
 * @property {import("./fitter.js").Fitter} fitter
 * @property {import("./viewer.js").Viewer} viewer
 * @property {import("./tabs.js").Tabs} tabs
 * @property {import("./settings.js").Settings} settings
 * @property {import("./status.js").Status} status
 */

export class Project extends EventTarget {
  /** @type {import("./source.js").Source | null} */
  source = null;
  /** @type {Uint8Array | null} the latest field */
  bytes = null;
  /** What the viewer tells of the field: kind, size, channels, network. */
  info = null;
  state = "none";
  progress = null;
  /** @type {{step: number, psnr: number | null, loss: number}[]} */
  history = [];
  /** The name of the field, for files. */
  name = "field";
  #settling = 0;
  #reads = 0;

  /**
   * @param {import("./fitter.js").Fitter} fitter
   * @param {import("./viewer.js").Viewer} viewer
   * @param {import("./settings.js").Settings} settings
   * @param {import("./status.js").Status} status
   */
  constructor(fitter, viewer, settings, status) {
    super();
    Object.assign(this, { fitter, viewer, settings, status });
    fitter.listen(MAIN, this.#listener());
    settings.addEventListener("change", ({ detail }) => this.#changed(detail));
    document.addEventListener("visibilitychange", () => this.#show());
  }

  /** True while steps are taken. */
  get running() {
    return this.state === "running";
  }

  /**
   * Reads a picture or a sound and fits it. A file that cannot be read leaves everything as it is.
   * @param {File} file
   */
  async open(file) {
    const read = ++this.#reads;
    const source = await readSource(file, this.settings);
    if (read === this.#reads) this.fit(source);
  }

  /**
   * Fits a source from the start.
   * @param {import("./source.js").Source} source
   */
  fit(source) {
    this.source = source;
    this.name = source.name.replace(/\.[^.]*$/, "");
    this.#clear();
    this.#emit("source");
    this.restart();
  }

  /** Starts the fit again with the settings in force. */
  restart() {
    if (!this.source) return;
    this.progress = null;
    this.history = [];
    this.info = null;
    this.viewer.renew();
    this.fitter.start(MAIN, this.source, [this.settings.forEngine(this.source.kind)], true);
    this.#enter("running");
    this.#emit("progress");
  }

  /**
   * Shows a field file. Nothing is fitted.
   * @param {File} file
   */
  async openField(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    this.viewer.renew();
    this.viewer.put("candidate", bytes);
    const info = await this.viewer.call("info", "candidate").finally(() => this.viewer.forget("candidate"));
    this.fitter.drop(MAIN);
    this.#reads++;
    this.source = null;
    this.name = file.name.replace(/\.safetensors$/i, "");
    this.#clear();
    Object.assign(this, { info, bytes, progress: null, history: [] });
    this.viewer.put(MAIN, bytes);
    this.#enter("opened");
    for (const event of ["source", "progress", "field"]) this.#emit(event);
  }

  pause() {
    if (this.running) this.fitter.hold();
  }

  go() {
    if (!this.source || this.state === "done") return;
    if (this.state === "lost") return this.restart();
    this.fitter.go(MAIN);
    this.#enter("running");
  }

  step() {
    if (this.running || this.state === "paused") this.fitter.step(MAIN);
  }

  #listener() {
    return {
      started: ([settings]) => this.#emit("settings", settings),
      progress: (_, progress) => this.#heard(progress),
      field: (_, bytes) => {
        this.bytes = bytes;
        this.#show();
      },
      held: (done) => this.#enter(done ? "done" : "paused"),
      fault: (text) => {
        this.status.fault(text);
        if (this.source) this.#enter("lost");
      },
    };
  }

  #heard(progress) {
    this.progress = progress;
    const last = this.history.at(-1);
    if (!last || progress.step > last.step) this.history.push(progress);
    this.#emit("progress");
  }

  /** Gives the latest field to the viewer, unless nobody sees it. */
  async #show() {
    if (document.hidden || !this.bytes) return;
    const { history } = this;
    this.viewer.put(MAIN, this.bytes);
    const info = this.info ?? (await this.viewer.call("info", MAIN).catch(() => null));
    if (!info || history !== this.history) return; // another fit has started meanwhile
    this.info = info;
    this.#emit("field");
  }

  #clear() {
    this.viewer.renew();
    this.viewer.forget(MAIN);
    this.bytes = null;
    this.info = null;
  }

  /** Applies changed settings when no further change follows. */
  #changed(names) {
    clearTimeout(this.#settling);
    const { source } = this;
    if (!source) return;
    const others = source.kind === "sound" ? ["size", "recipe"] : ["seconds", "rate"];
    if (names.every((name) => others.includes(name))) return;
    const again = source.file && readingSettings(source).some((name) => names.includes(name));
    this.#settling = setTimeout(() => this.#apply(again), SETTLE);
  }

  async #apply(again) {
    try {
      if (again) await this.open(this.source.file);
      else this.restart();
    } catch (error) {
      this.status.fault(error.message);
    }
  }

  #enter(state) {
    this.state = state;
    this.#emit("state");
  }

  #emit(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
