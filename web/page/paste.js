// The gradient-domain example: a second picture is placed on the first, and a field is fitted to the gradients of the
// second inside its rectangle and to the first outside.

import { drawStrip, resize, toImageData } from "./paint.js";
import { readPicture, toColour } from "./picture-file.js";
import { listenToPlacement } from "./placement.js";
import { MAIN } from "./project.js";
import { wholePicture } from "./quantities.js";
import { Refresher } from "./viewer.js";

/** The part of the photograph that is pasted first, in shares of its sides: the tower and the dome. */
const PART = { top: 0.2, left: 0.62, bottom: 0.45, right: 0.99 };

const element = (id) => document.getElementById(id);

export class Paste {
  #base = null; // the lower picture, a source
  #file = null; // the upper picture; null stands for the part of the photograph
  #pasted = null; // the upper picture at its size
  #place = { top: 0, left: 0 };
  #moved = false;

  /**
   * @param {import("./project.js").Parts} parts
   * @param {() => Promise<File>} photograph gives the bundled photograph
   */
  constructor({ project, viewer, tabs, status }, photograph) {
    Object.assign(this, { project, viewer, tabs, status, photograph });
    this.canvas = element("paste-canvas");
    this.result = element("paste-result");
    const fault = (text) => status.fault(text);
    this.refresher = new Refresher(() => this.#drawResult(), fault);
    this.preparer = new Refresher(() => this.#prepare(), fault);
    project.addEventListener("source", () => this.#source());
    project.addEventListener("field", () => this.refresher.ask());
    tabs.addEventListener("open", () => this.#opened());
    listenToPlacement(this.canvas, (down, across) => this.#move(down, across));
    element("paste-file").addEventListener("change", ({ target }) => this.#pick(target));
    element("paste-bundled").addEventListener("click", () => this.#take(null));
    element("paste-size").addEventListener("change", () => this.preparer.ask());
    element("clone").addEventListener("click", () => this.#clone());
    element("unclone").addEventListener("click", () => this.project.fit(this.#base));
  }

  /** A picture becomes the lower one; a clone keeps it. */
  #source() {
    const { source } = this.project;
    const cloned = source?.kind === "clone";
    element("unclone").disabled = !cloned;
    element("paste-figure-result").hidden = !cloned;
    if (cloned) return;
    this.#base = source?.kind === "picture" ? source : null;
    element("clone").disabled = true;
    element("paste-missing").hidden = Boolean(this.#base);
    this.#pasted = null;
    this.#opened();
  }

  #opened() {
    if (this.tabs.shown !== "paste") return;
    if (this.#base && !this.#pasted) this.preparer.ask();
    this.refresher.ask();
  }

  #pick(input) {
    const [file] = input.files;
    input.value = "";
    if (file) this.#take(file);
  }

  #take(file) {
    this.#file = file;
    this.#moved = false;
    this.preparer.ask();
  }

  /** Reads the upper picture at the size that is set. */
  async #prepare() {
    if (!this.#base) return;
    const { rows, columns } = this.#base;
    const side = Math.max(4, Math.round((Math.min(rows, columns) * Number(element("paste-size").value)) / 100));
    try {
      this.#pasted = await readPicture(this.#file ?? (await this.#part()), side);
    } finally {
      if (this.#pasted) this.#settle();
    }
  }

  /** Puts the upper picture on the grass at first, and inside the lower one always. */
  #settle() {
    element("clone").disabled = false;
    if (!this.#moved) this.#place = { top: 0.58 * this.#base.rows, left: 0.62 * this.#base.columns };
    this.#move(0, 0, this.#moved);
  }

  /** The part of the photograph as a file. */
  async #part() {
    const bitmap = await createImageBitmap(await this.photograph());
    const [rows, columns] = [bitmap.height, bitmap.width];
    const [width, height] = [(PART.right - PART.left) * columns, (PART.bottom - PART.top) * rows];
    const canvas = document.createElement("canvas");
    resize(canvas, Math.round(width), Math.round(height));
    canvas.getContext("2d").drawImage(bitmap, -PART.left * columns, -PART.top * rows);
    return new Promise((resolve) => canvas.toBlob(resolve));
  }

  #move(down, across, moved = true) {
    if (!this.#pasted) return;
    const within = (at, room) => Math.min(Math.max(at, 0), Math.max(0, room));
    this.#moved = moved;
    this.#place = {
      top: within(this.#place.top + down, this.#base.rows - this.#pasted.rows),
      left: within(this.#place.left + across, this.#base.columns - this.#pasted.columns),
    };
    this.#draw();
  }

  /** The place in whole pixels. */
  get #corner() {
    return { top: Math.round(this.#place.top), left: Math.round(this.#place.left) };
  }

  #draw() {
    const { top, left } = this.#corner;
    resize(this.canvas, this.#base.columns, this.#base.rows);
    const context = this.canvas.getContext("2d");
    context.putImageData(toImageData(this.#base), 0, 0);
    context.putImageData(toImageData(this.#pasted), left, top);
    element("paste-place").textContent = `row ${top}, column ${left}`;
  }

  /** Fits the clone. The picture it is compared with is the plain paste. */
  #clone() {
    const colour = this.#base.channels === 3 || this.#pasted.channels === 3;
    const [base, pasted] = [this.#base, this.#pasted].map((picture) => (colour ? toColour(picture) : picture));
    const { rows, columns, channels } = base;
    const { top, left } = this.#corner;
    const pixels = plainPaste(base, pasted, top, left);
    const common = { kind: "clone", name: "clone", note: "A seamless clone.", file: null };
    this.project.fit({ ...common, rows, columns, channels, pixels, base: base.pixels, pasted, top, left });
  }

  #drawResult() {
    const { source, info } = this.project;
    const seen = this.tabs.shown === "paste" && source?.kind === "clone" && info && !document.hidden;
    if (!seen) return Promise.resolve();
    const { rows, columns } = source;
    resize(this.result, columns, rows);
    const request = wholePicture(MAIN, "value", rows, columns);
    const rectangle = { x: 0, y: 0, width: columns, height: rows };
    const draw = (strip) => drawStrip(this.result.getContext("2d"), strip, rectangle);
    return new Promise((finished) => this.viewer.render("paste", request, { draw, finished }));
  }
}

/** The lower picture with the upper one's pixels in it. */
function plainPaste(base, pasted, top, left) {
  const pixels = base.pixels.slice();
  const { channels } = base;
  for (let row = 0; row < pasted.rows; row++) {
    const from = row * pasted.columns * channels;
    const line = pasted.pixels.subarray(from, from + pasted.columns * channels);
    pixels.set(line, ((top + row) * base.columns + left) * channels);
  }
  return pixels;
}
