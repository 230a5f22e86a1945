// The text of the exact value and derivatives at the last place of the pointer, or in the middle of the view when keys
// are used.

import { signed } from "./format.js";
import { MAIN } from "./project.js";
import { Refresher } from "./viewer.js";

const element = (id) => document.getElementById(id);

/** The numbers of all channels. */
function list(numbers, decimals) {
  return numbers.map((number) => signed(number, decimals)).join(", ");
}

export class Readout {
  #point = null;

  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {(point: {x: number, y: number} | null) => {row: number, column: number} | null} place
   * @param {import("./status.js").Status} status
   */
  constructor(viewer, place, status) {
    Object.assign(this, { viewer, place });
    this.refresher = new Refresher(() => this.#probe(), (text) => status.fault(text));
  }

  /**
   * Follows the pointer.
   * @param {{x: number, y: number} | null} point on the canvas, in CSS pixels
   */
  point(point) {
    this.#point = point;
    this.refresh();
  }

  refresh() {
    this.refresher.ask();
  }

  async #probe() {
    const at = this.place(this.#point);
    if (!at) return;
    const { value, gradient, laplacian, hessian } = await this.viewer.call("probe", MAIN, at.row, at.column);
    const [row, column] = [at.row - 0.5, at.column - 0.5]; // as everywhere else, whole numbers are middles of pixels
    element("probe-place").textContent = `row ${signed(row, 3)}, column ${signed(column, 3)}`;
    element("probe-value").textContent = list(value, 4);
    element("probe-down").textContent = list(gradient.map(([down]) => down), 4);
    element("probe-across").textContent = list(gradient.map(([, across]) => across), 4);
    element("probe-laplacian").textContent = list(laplacian, 4);
    ["hessian-down", "hessian-mixed", "hessian-across"].forEach((part, at) => {
      element(`probe-${part}`).textContent = list(hessian.map((parts) => parts[at]), 4);
    });
    Object.assign(element("readout").dataset, { row: at.row, column: at.column });
  }
}
