// Renders a region of a field in passes from coarse to fine. A pass consists of strips, so that the worker can hear
// newer requests between two of them. The size of the blocks and of the strips follows the measured speed.

import { scaleOf, shade } from "./shade.js";

/** Sides of the blocks of a pass, in pixels of the canvas. */
const BLOCKS = [16, 8, 4, 2, 1];
/** Milliseconds that the first pass and one strip may take. */
const FIRST_PASS = 40;
const STRIP = 25;
/** Points of the smallest strip; the time of fewer points tells little of the speed. */
const LEAST = 1024;
/** Samples along the longer side from which the scale of a derivative is found. */
const SCALE_SIDE = 64;

/**
 * @typedef {object} Request
 * @property {string} name the field
 * @property {string} quantity a name that the engine's View.render knows
 * @property {{top: number, left: number, bottom: number, right: number}} region in native pixels
 * @property {number} rows
 * @property {number} columns the pixels to draw
 * @property {number | null} scale what white stands for; null to find it
 * @property {boolean} local whether the scale is found in the region, or else in the whole picture
 * @property {number} limit milliseconds that the finest pass may take
 * @property {boolean} single whether to make only the finest pass, in one piece
 */

/** Milliseconds for a point, by quantity and network: a mean in which the last strip has half the weight. */
class Speed {
  #known = new Map();

  of(key) {
    return this.#known.get(key) ?? 1e-3;
  }

  note(key, milliseconds, points) {
    if (points < LEAST) return;
    const now = milliseconds / points;
    this.#known.set(key, (now + (this.#known.get(key) ?? now)) / 2);
  }
}

const speed = new Speed();

/** Counts rows and columns of a pass. */
function size(request, block) {
  const whole = (length) => Math.max(1, Math.round(length / block));
  return { rows: whole(request.rows), columns: whole(request.columns) };
}

/** The blocks of the passes to make. */
function passes(request, perPoint) {
  const cost = (block) => perPoint * size(request, block).rows * size(request, block).columns;
  const last = BLOCKS.findLast((block) => cost(block) <= request.limit) ?? BLOCKS[0];
  if (request.single) return [last];
  const first = BLOCKS.findLast((block) => block >= last && cost(block) <= FIRST_PASS) ?? BLOCKS[0];
  return BLOCKS.filter((block) => block <= first && block >= last);
}

/** Finds what white stands for. */
function findScale({ view, info }, request) {
  const rows = info.rows ?? 1;
  const region = request.local ? request.region : { top: 0, left: 0, bottom: rows, right: info.columns };
  const [height, width] = [region.bottom - region.top, region.right - region.left];
  const side = SCALE_SIDE / Math.max(height, width);
  const [down, across] = [Math.ceil(height * side), Math.ceil(width * side)];
  const { top, left, bottom, right } = region;
  return scaleOf(view.render(request.quantity, top, left, bottom, right, down, across), info.channels);
}

/**
 * Renders the strips of a request, one for each turn of the generator.
 * @param {import("./view-fields.js").Fields} fields
 * @param {Request} request
 * @param {(length: number) => Uint8ClampedArray} allocate gives the memory of a strip
 * @returns {Generator<object>} strips: `pixels` of `rows` x `columns`, from row `from` of `total`
 */
export function* strips(fields, request, allocate) {
  const entry = fields.open(request.name);
  const key = `${request.quantity} of ${entry.info.network}`;
  const scale = request.quantity === "value" ? 1 : (request.scale ?? findScale(entry, request));
  const blocks = passes(request, speed.of(key));
  for (const block of blocks) {
    const { rows: total, columns } = size(request, block);
    for (let from = 0; from < total; ) {
      const most = Math.ceil(Math.max(LEAST, STRIP / speed.of(key)) / columns);
      const rows = Math.min(most, total - from);
      const pixels = strip(fields.open(request.name), request, { from, rows, total, columns, scale, key }, allocate);
      from += rows;
      const last = from === total && block === blocks.at(-1);
      yield { pixels, from: from - rows, rows, total, columns, block, scale, last };
    }
  }
}

/** Renders and shades one strip. */
function strip({ view, info }, { quantity, region }, { from, rows, total, columns, scale, key }, allocate) {
  const { top, left, bottom, right } = region;
  const edge = (row) => (row === total ? bottom : top + ((bottom - top) * row) / total);
  const began = performance.now();
  const values = view.render(quantity, edge(from), left, edge(from + rows), right, rows, columns);
  speed.note(key, performance.now() - began, rows * columns);
  const pixels = allocate(4 * rows * columns);
  shade(values, info.channels, quantity, scale, pixels);
  return pixels;
}
