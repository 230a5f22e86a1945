// The panel of a sound's fit: the waveform of the sound above that of the field, zoomed together, and players of both.

import { short } from "./format.js";
import { listen } from "./gestures.js";
import { Player } from "./player.js";
import { MAIN } from "./project.js";
import { Refresher } from "./viewer.js";
import { drawingRate, drawWave } from "./wave.js";

/** Samples in the smallest view. */
const LEAST = 4;

const element = (id) => document.getElementById(id);

export class SoundPanel {
  #view = null; // {start, stop} in seconds
  #player = new Player();

  /** @param {import("./project.js").Parts} parts */
  constructor({ project, viewer, tabs, status }) {
    Object.assign(this, { project, viewer, tabs, status });
    this.root = element("sound");
    this.own = element("wave-own");
    this.field = element("wave-field");
    this.refresher = new Refresher(() => this.#drawField(), (text) => status.fault(text));
    project.addEventListener("source", () => this.#source());
    project.addEventListener("field", () => this.#fieldHeard());
    tabs.addEventListener("open", () => this.refresh());
    new ResizeObserver(() => this.refresh()).observe(this.root);
    for (const canvas of [this.own, this.field]) this.#listen(canvas);
    element("play-own").addEventListener("click", () => this.#playOwn());
    element("play-field").addEventListener("click", () => this.#playField());
    element("play-stop").addEventListener("click", () => this.#player.stop());
  }

  /** Draws both waveforms if they are seen. */
  refresh() {
    if (!this.#seen) return;
    this.#drawOwn();
    this.refresher.ask();
  }

  get #seen() {
    return this.tabs.shown === "fit" && !this.root.hidden && this.#view && !document.hidden;
  }

  /** The seconds of the sound. */
  get #length() {
    const { source, info } = this.project;
    return source ? source.samples.length / source.channels / source.rate : info.seconds;
  }

  #source() {
    this.#player.stop();
    const { source, info } = this.project;
    const sound = source?.kind === "sound" || info?.kind === "sound";
    this.root.hidden = !sound;
    this.root.querySelector(".own").hidden = !source;
    element("play-own").hidden = !source;
    this.#view = sound ? { start: 0, stop: this.#length } : null;
    this.refresh();
  }

  #fieldHeard() {
    if (this.#seen) this.refresher.ask();
  }

  #listen(canvas) {
    listen(canvas, {
      move: ({ x }) => this.#move(-x / canvas.clientWidth),
      zoom: (factor, point) => this.#zoom(factor, point ? point.x / canvas.clientWidth : 0.5),
      whole: () => this.#go({ start: 0, stop: this.#length }),
      point: () => {},
    });
  }

  #move(share) {
    const { start, stop } = this.#view;
    const by = Math.min(this.#length - stop, Math.max(-start, share * (stop - start)));
    this.#go({ start: start + by, stop: stop + by });
  }

  #zoom(factor, share) {
    const { start, stop } = this.#view;
    const least = LEAST / this.#rate;
    const length = Math.min(this.#length, Math.max(least, (stop - start) / factor));
    const from = start + share * (stop - start - length);
    const kept = Math.min(this.#length - length, Math.max(0, from));
    this.#go({ start: kept, stop: kept + length });
  }

  get #rate() {
    return this.project.source?.rate ?? this.project.info.rate;
  }

  #go(view) {
    this.#view = view;
    this.refresh();
  }

  #drawOwn() {
    const { source } = this.project;
    element("wave-range").textContent = `${short(this.#view.start, 5)} s to ${short(this.#view.stop, 5)} s`;
    if (!source) return;
    const { samples, channels, rate } = source;
    const view = { first: this.#view.start * rate, last: this.#view.stop * rate };
    drawWave(this.own, samples, channels, "muted", view);
  }

  async #drawField() {
    const { info } = this.project;
    if (!this.#seen || info?.kind !== "sound") return;
    const { start, stop } = this.#view;
    const rate = drawingRate(this.#view, this.field.clientWidth, this.#rate);
    const samples = await this.viewer.call("sound", MAIN, start, stop, rate);
    drawWave(this.field, samples, info.channels, "accent");
  }

  async #playOwn() {
    const { samples, channels, rate } = this.project.source;
    await this.#player.play(samples, channels, rate);
  }

  /** Plays the field at the rate that is chosen. */
  async #playField() {
    const { info } = this.project;
    if (!info) return;
    const { valueAsNumber: rate, min, max } = element("play-rate");
    try {
      if (!(rate >= Number(min) && rate <= Number(max))) throw new Error(`The field cannot be played so; give a rate from ${min} to ${max}.`);
      const samples = await this.viewer.call("sound", MAIN, 0, this.#length, rate);
      await this.#player.play(samples, info.channels, rate);
      this.status.note(`Playing the field at ${rate} samples a second.`);
    } catch (error) {
      this.status.fault(error.message);
    }
  }
}
