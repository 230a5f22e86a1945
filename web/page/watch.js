// The panel of a picture's fit: value, gradient magnitude and Laplacian of the picture in one row, of the field in
// the other. Both rows have the same scale, which is found from the picture.

import { describeCurve, drawCurve } from "./curve.js";
import { drawStrip, resize, showImage, toImageData } from "./paint.js";
import { MAIN } from "./project.js";
import { legend, WATCHED, wholePicture } from "./quantities.js";
import { Refresher } from "./viewer.js";

/** Milliseconds between two changes of the curve's description. */
const DESCRIBE_EVERY = 5000;

export class Watch {
  #scales = {};
  #described = 0;

  /** @param {import("./project.js").Parts} parts */
  constructor({ project, viewer, tabs, status }) {
    Object.assign(this, { project, viewer, tabs, status });
    this.root = document.getElementById("watch");
    this.curve = document.getElementById("curve");
    this.refreshers = WATCHED.map((id) => new Refresher(() => this.#render(id), (text) => status.fault(text)));
    project.addEventListener("source", () => this.#source());
    project.addEventListener("field", () => this.refresh());
    project.addEventListener("progress", () => this.drawCurve());
    tabs.addEventListener("open", () => this.refresh());
    new ResizeObserver(() => this.drawCurve()).observe(this.curve);
  }

  /** Renders the field anew if the panel is seen. */
  refresh() {
    this.drawCurve();
    if (this.#seen) this.refreshers.forEach((refresher) => refresher.ask());
  }

  drawCurve() {
    if (this.tabs.shown !== "fit") return;
    const { history } = this.project;
    drawCurve(this.curve, [{ history, colour: "accent" }]);
    if (performance.now() - this.#described < DESCRIBE_EVERY && history.length) return;
    this.#described = performance.now();
    this.curve.setAttribute("aria-label", describeCurve(history));
  }

  get #seen() {
    return this.tabs.shown === "fit" && this.project.info?.kind === "picture" && !document.hidden;
  }

  #canvas(row, quantity) {
    return this.root.querySelector(`canvas[data-row="${row}"][data-quantity="${quantity}"]`);
  }

  /** Shows the picture's own row, or hides it if there is only a field. */
  #source() {
    const { source } = this.project;
    const sound = source?.kind === "sound" || this.project.info?.kind === "sound";
    this.root.hidden = sound;
    this.#scales = {};
    for (const cell of this.root.querySelectorAll(".own")) cell.hidden = !source;
    if (sound || !source) return;
    showImage(this.#canvas("own", "value"), toImageData(source));
    for (const id of WATCHED.slice(1)) this.#differences(id, source);
    for (const id of WATCHED) resize(this.#canvas("field", id), source.columns, source.rows);
  }

  /** Derivatives of the picture by differences. */
  async #differences(quantity, source) {
    const { pixels, rows, columns, channels } = source;
    try {
      const { shaded, scale } = await this.viewer.call("differences", quantity, { pixels, rows, columns, channels });
      if (this.project.source !== source) return;
      showImage(this.#canvas("own", quantity), new ImageData(shaded, columns, rows));
      this.#legend("own", quantity, scale);
      this.#scales[quantity] = scale;
    } catch (error) {
      this.status.fault(error.message);
    }
  }

  #legend(row, quantity, scale) {
    this.#canvas(row, quantity).parentElement.querySelector(".legend").textContent = legend(quantity, scale);
  }

  /** Renders one quantity of the field at the picture's own pixels. */
  #render(quantity) {
    if (!this.#seen) return Promise.resolve();
    const { rows, columns } = this.project.info;
    const canvas = this.#canvas("field", quantity);
    resize(canvas, columns, rows);
    const request = { ...wholePicture(MAIN, quantity, rows, columns), scale: this.#scales[quantity] ?? null };
    const rectangle = { x: 0, y: 0, width: columns, height: rows };
    const draw = (strip) => {
      drawStrip(canvas.getContext("2d"), strip, rectangle);
      this.#legend("field", quantity, strip.scale);
    };
    return new Promise((finished) => this.viewer.render(`watch-${quantity}`, request, { draw, finished }));
  }
}
