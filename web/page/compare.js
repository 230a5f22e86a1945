// The comparison: four networks of the same depth, and of nearly the same number of parameters, fit the same picture or
// sound in turn. They differ in what their layers apply.

import { drawCurve } from "./curve.js";
import { counted, decibels } from "./format.js";
import { drawStrip, resize } from "./paint.js";
import { legend, wholePicture } from "./quantities.js";
import { Refresher } from "./viewer.js";
import { drawWave } from "./wave.js";

const SESSION = "compare";
const ACTIVATIONS = ["sine", "relu", "tanh", "positional"];

const element = (id) => document.getElementById(id);
const nameOf = (index) => `${SESSION}-${index}`;

export class Compare {
  #state = "none"; // none, running, paused, done
  #source = null;
  #scale = null; // what white stands for in all four, found from the first

  /** @param {import("./project.js").Parts} parts */
  constructor({ project, fitter, viewer, tabs, settings, status }) {
    Object.assign(this, { project, fitter, viewer, tabs, settings, status });
    this.cells = [...document.querySelectorAll("#contestants > figure")];
    this.histories = this.cells.map(() => []);
    const fault = (text) => status.fault(text);
    this.refreshers = this.cells.map((_, index) => new Refresher(() => this.#draw(index), fault));
    fitter.listen(SESSION, this.#listener());
    element("compare-run").addEventListener("click", () => this.#run());
    element("compare-quantity").addEventListener("change", () => this.#rescale());
    project.addEventListener("source", () => this.#reset());
    settings.addEventListener("change", () => this.#reset());
    project.addEventListener("state", () => this.#others());
    tabs.addEventListener("open", () => this.refresh());
    new ResizeObserver(() => this.#drawCurves()).observe(element("compare-curve"));
  }

  #listener() {
    return {
      started: (settings) => settings.forEach(({ parameters }, index) => this.#started(index, parameters)),
      progress: (index, progress) => this.#progress(index, progress),
      field: (index, bytes) => this.#field(index, bytes),
      held: (done) => this.#enter(done ? "done" : "paused"),
      fault: (text) => {
        if (this.#state === "none") return;
        this.status.fault(text);
        this.#enter("none");
      },
    };
  }

  /** Starts, pauses or goes on. The fit of the project waits meanwhile. */
  #run() {
    if (this.#state === "running") return this.fitter.hold();
    if (this.#state === "paused") this.fitter.go(SESSION);
    else this.#start();
    this.#enter("running");
  }

  #start() {
    this.#source = this.project.source;
    this.histories = this.cells.map(() => []);
    this.#scale = null;
    const { kind } = this.#source;
    const settings = ACTIVATIONS.map((activation) => {
      return { ...this.settings.forEngine(kind, activation), equal_parameters: true };
    });
    this.fitter.start(SESSION, this.#source, settings, true);
  }

  /** The project's fit runs again, so this one waits. */
  #others() {
    if (this.project.running && this.#state === "running") this.#enter("paused");
    element("compare-run").disabled = !this.project.source;
  }

  /** Another source or other settings end the comparison. */
  #reset() {
    if (this.#state !== "none") this.fitter.drop(SESSION);
    this.#enter("none");
  }

  #enter(state) {
    this.#state = state;
    const words = { running: "Pause", paused: "Go on", done: "Compare again", none: "Compare" };
    element("compare-run").textContent = words[state];
  }

  #started(index, parameters) {
    this.cells[index].querySelector(".parameters").textContent = `with ${counted(parameters)} parameters`;
  }

  #progress(index, progress) {
    this.histories[index].push(progress);
    const text = `${decibels(progress.psnr)} at step ${counted(progress.step)}`;
    this.cells[index].querySelector(".score").textContent = text;
    this.#drawCurves();
    const scores = this.cells.map((cell) => cell.textContent.trim().replace(/\s+/g, " ")).join("; ");
    if (this.tabs.shown === "compare") this.status.announce(scores);
  }

  #field(index, bytes) {
    this.viewer.put(nameOf(index), bytes);
    this.cells[index].dataset.ready = "true";
    this.refreshers[index].ask();
  }

  #rescale() {
    this.#scale = null;
    this.refresh();
  }

  /** Draws everything anew. */
  refresh() {
    this.#drawCurves();
    for (const refresher of this.refreshers) refresher.ask();
  }

  #drawCurves() {
    if (this.tabs.shown !== "compare") return;
    const lines = this.histories.map((history, index) => ({ history, colour: `line-${index + 1}` }));
    drawCurve(element("compare-curve"), lines);
  }

  async #draw(index) {
    const seen = this.tabs.shown === "compare" && !document.hidden && this.cells[index].dataset.ready;
    if (!seen) return;
    if (this.#source.kind === "sound") await this.#drawSound(index);
    else await this.#drawPicture(index);
  }

  async #drawSound(index) {
    const { samples, channels, rate } = this.#source;
    const seconds = samples.length / channels / rate;
    const canvas = this.cells[index].querySelector("canvas");
    drawWave(canvas, await this.viewer.call("sound", nameOf(index), 0, seconds, rate), channels, `line-${index + 1}`);
  }

  /** All four have the scale of the first, sine, so that they can be compared. */
  #drawPicture(index) {
    const { rows, columns } = this.#source;
    const quantity = element("compare-quantity").value;
    const canvas = this.cells[index].querySelector("canvas");
    const scale = index === 0 ? null : this.#scale;
    const request = { ...wholePicture(nameOf(index), quantity, rows, columns), scale };
    const draw = (strip) => {
      resize(canvas, columns, rows);
      drawStrip(canvas.getContext("2d"), strip, { x: 0, y: 0, width: columns, height: rows });
      if (index === 0) this.#scale = strip.scale;
      element("compare-legend").textContent = legend(quantity, this.#scale ?? strip.scale);
    };
    return new Promise((finished) => this.viewer.render(nameOf(index), request, { draw, finished }));
  }
}
