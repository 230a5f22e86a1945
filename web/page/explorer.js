// The zoom: renders the region in view at the resolution of the screen, coarse first, and tells the numbers under the
// pointer. While the new render comes, the last picture is shown moved and stretched.

import { Readout } from "./readout.js";
import { listen, STRIDE } from "./gestures.js";
import { short } from "./format.js";
import { drawStrip, resize, toImageData } from "./paint.js";
import { MAIN } from "./project.js";
import { legend } from "./quantities.js";
import { confined, covered, moved, whole, zoomed } from "./region.js";

const TARGET = "explorer";
/** Canvas pixels that are rendered at most. */
const MOST = 1.6e6;
/** Milliseconds that the finest pass may take while the fit runs, since newer fields follow. */
const LIMIT = 500;

const element = (id) => document.getElementById(id);

export class Explorer {
  #region = null; // null shows the whole picture
  #size = null; // rows and columns of the field on view
  #busy = false;
  #stale = false;
  #spare = document.createElement("canvas");
  #pixels = document.createElement("canvas"); // the source's own pixels

  /** @param {import("./project.js").Parts} parts */
  constructor({ project, viewer, tabs, status }) {
    Object.assign(this, { project, viewer, tabs });
    this.canvas = element("explorer");
    this.context = this.canvas.getContext("2d");
    this.readout = new Readout(viewer, (point) => this.#place(point), status);
    project.addEventListener("source", () => this.#source());
    project.addEventListener("field", () => this.#field());
    project.addEventListener("state", () => this.#field());
    tabs.addEventListener("open", () => this.#opened());
    new ResizeObserver(() => this.#opened()).observe(this.canvas);
    this.#connect();
  }

  /** The quantity that is chosen: one of the field's, or "pixels". */
  get quantity() {
    return document.querySelector('input[name="quantity"]:checked').value;
  }

  get #box() {
    return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
  }

  get #shown() {
    return this.tabs.shown === "zoom" && !document.hidden && this.#size && this.#box.width > 0;
  }

  #connect() {
    listen(this.canvas, {
      move: (by) => this.#go((region) => moved(region, by, this.#size, this.#box)),
      zoom: (factor, point) => this.#zoom(factor, point),
      whole: () => this.#go(() => whole(this.#size, this.#box)),
      point: (point) => this.readout.point(point),
    });
    element("zoom-in").addEventListener("click", () => this.#zoom(STRIDE));
    element("zoom-out").addEventListener("click", () => this.#zoom(1 / STRIDE));
    element("zoom-whole").addEventListener("click", () => this.#go(() => whole(this.#size, this.#box)));
    element("local-scale").addEventListener("change", () => this.#render(false));
    for (const input of document.querySelectorAll('input[name="quantity"]')) {
      input.addEventListener("change", () => this.#render(false));
    }
  }

  /** Another source: its pixels can be shown, and a field of another size is seen as a whole. */
  #source() {
    const { source } = this.project;
    const picture = source && source.kind !== "sound";
    element("quantity-pixels").disabled = !picture;
    if (!picture && this.quantity === "pixels") element("quantity-value").checked = true;
    if (!picture) return;
    resize(this.#pixels, source.columns, source.rows);
    this.#pixels.getContext("2d").putImageData(toImageData(source), 0, 0);
  }

  #field() {
    const { info } = this.project;
    if (info?.kind !== "picture") return;
    if (this.#size?.rows !== info.rows || this.#size?.columns !== info.columns) {
      this.#size = { rows: info.rows, columns: info.columns };
      this.#region = null;
    }
    this.#render(true);
  }

  #opened() {
    const known = this.#region && this.#box.width;
    if (known) this.#region = confined(this.#region, this.#size, this.#box);
    this.#render(false);
  }

  #zoom(factor, point = { x: this.#box.width / 2, y: this.#box.height / 2 }) {
    this.#go((region) => zoomed(region, factor, point, this.#size, this.#box));
  }

  /** Goes to another region and shows what is known of it at once. */
  #go(change) {
    if (!this.#shown || !this.#region) return;
    const before = this.#region;
    this.#region = change(before);
    this.#stretch(before);
    this.#render(false);
    this.readout.refresh();
  }

  /** Draws the last picture where it lies in the region now. */
  #stretch(before) {
    const { canvas, context } = this;
    const now = this.#region;
    const ratio = canvas.width / this.#box.width;
    resize(this.#spare, canvas.width, canvas.height);
    this.#spare.getContext("2d").drawImage(canvas, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const factor = before.scale / now.scale;
    const x = (ratio * (before.left - now.left)) / now.scale;
    const y = (ratio * (before.top - now.top)) / now.scale;
    context.drawImage(this.#spare, x, y, factor * canvas.width, factor * canvas.height);
    this.#spare.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  /**
   * Asks for a render of the region.
   * @param {boolean} newer whether only the field is newer; then a render on its way may end first
   */
  #render(newer) {
    if (!this.#shown) return;
    if (newer && this.#busy) return void (this.#stale = true);
    const ratio = this.#fitCanvas();
    this.#region ??= whole(this.#size, this.#box);
    const { rectangle, region } = covered(this.#region, this.#size, this.canvas, ratio);
    this.#magnification();
    if (this.quantity === "pixels") return this.#drawPixels(rectangle, region);
    const running = this.project.running;
    this.#busy = true;
    this.#stale = false;
    const request = {
      name: MAIN, quantity: this.quantity, region, rows: rectangle.height, columns: rectangle.width, scale: null,
      local: element("local-scale").checked, limit: running ? LIMIT : Infinity, single: newer && running,
    };
    const draw = (strip) => this.#draw(strip, rectangle);
    this.viewer.render(TARGET, request, { draw, finished: () => this.#finished() });
    this.canvas.dataset.state = "rendering";
  }

  /** Gives the canvas the pixels of the screen, or fewer if there are too many. */
  #fitCanvas() {
    const { width, height } = this.#box;
    const ratio = Math.min(devicePixelRatio, 2, Math.sqrt(MOST / (width * height)));
    resize(this.canvas, Math.round(width * ratio), Math.round(height * ratio));
    return this.canvas.width / width;
  }

  #draw(strip, rectangle) {
    this.context.imageSmoothingEnabled = true;
    drawStrip(this.context, strip, rectangle);
    element("explorer-legend").textContent = legend(this.quantity, strip.scale);
  }

  #finished() {
    this.#busy = false;
    this.canvas.dataset.state = "complete";
    this.readout.refresh();
    if (this.#stale) this.#render(true);
  }

  #drawPixels(rectangle, { top, left, bottom, right }) {
    this.viewer.cancel(TARGET);
    this.#busy = false;
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = false;
    const { x, y, width, height } = rectangle;
    context.drawImage(this.#pixels, left, top, right - left, bottom - top, x, y, width, height);
    element("explorer-legend").textContent = "the pixels that are fitted";
    canvas.dataset.state = "complete";
  }

  #magnification() {
    const across = this.#box.width * this.#region.scale;
    element("magnification").textContent = `× ${short(1 / this.#region.scale)}, ${short(across)} px across`;
  }

  /** The place in the picture under a point of the canvas, or under its middle. Whole numbers are edges of pixels. */
  #place(point) {
    if (!this.#shown || !this.#region) return null;
    const { x, y } = point ?? { x: this.#box.width / 2, y: this.#box.height / 2 };
    const row = this.#region.top + y * this.#region.scale;
    const column = this.#region.left + x * this.#region.scale;
    const inside = row >= 0 && column >= 0 && row <= this.#size.rows && column <= this.#size.columns;
    return inside ? { row, column } : null;
  }
}
