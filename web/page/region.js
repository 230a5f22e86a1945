// The geometry of the zoom: which part of a picture a canvas shows. Whole numbers are the edges of native pixels.

/** Native pixels along the longer side of the smallest region. Below it float32 coordinates run out of digits. */
const LEAST = 0.02;

/**
 * @typedef {object} Region
 * @property {number} top native row at the upper edge of the canvas
 * @property {number} left native column at its left edge
 * @property {number} scale native pixels for one CSS pixel
 *
 * @typedef {{rows: number, columns: number}} Size
 * @typedef {{width: number, height: number}} Box in CSS pixels
 */

function wholeScale(size, box) {
  return Math.max(size.rows / box.height, size.columns / box.width);
}

/**
 * The region that shows all of a picture.
 * @param {Size} size
 * @param {Box} box
 * @returns {Region}
 */
export function whole(size, box) {
  return confined({ top: 0, left: 0, scale: wholeScale(size, box) }, size, box);
}

/**
 * The nearest region that is allowed: not larger than the picture, not too small, filled where possible.
 * @param {Region} region
 * @param {Size} size
 * @param {Box} box
 * @returns {Region}
 */
export function confined(region, size, box) {
  const least = LEAST / Math.max(box.width, box.height);
  const scale = Math.max(least, Math.min(region.scale, wholeScale(size, box)));
  const along = (start, length, extent) => {
    const seen = extent * scale;
    return seen >= length ? (length - seen) / 2 : Math.min(Math.max(start, 0), length - seen);
  };
  return { top: along(region.top, size.rows, box.height), left: along(region.left, size.columns, box.width), scale };
}

/**
 * Magnifies about a point of the canvas.
 * @param {Region} region
 * @param {number} factor above 1 to see less
 * @param {{x: number, y: number}} point
 * @param {Size} size
 * @param {Box} box
 * @returns {Region}
 */
export function zoomed(region, factor, point, size, box) {
  const { scale } = confined({ ...region, scale: region.scale / factor }, size, box);
  const top = region.top + point.y * (region.scale - scale);
  const left = region.left + point.x * (region.scale - scale);
  return confined({ top, left, scale }, size, box);
}

/**
 * Moves the picture by CSS pixels.
 * @param {Region} region
 * @param {{x: number, y: number}} by
 * @param {Size} size
 * @param {Box} box
 * @returns {Region}
 */
export function moved(region, by, size, box) {
  const { top, left, scale } = region;
  return confined({ top: top - by.y * scale, left: left - by.x * scale, scale }, size, box);
}

/**
 * The part of the canvas that the picture covers, and what is seen there.
 * @param {Region} region
 * @param {Size} size
 * @param {{width: number, height: number}} canvas in its own pixels
 * @param {number} ratio canvas pixels for one CSS pixel
 */
export function covered({ top, left, scale }, size, canvas, ratio) {
  const native = scale / ratio;
  const along = (start, length, extent) => {
    const from = Math.max(0, Math.round(-start / native));
    const to = Math.min(extent, Math.round((length - start) / native));
    const edge = (at) => Math.min(length, Math.max(0, start + at * native));
    return { from, count: Math.max(1, to - from), low: edge(from), high: edge(to) };
  };
  const down = along(top, size.rows, canvas.height);
  const across = along(left, size.columns, canvas.width);
  return {
    rectangle: { x: across.from, y: down.from, width: across.count, height: down.count },
    region: { top: down.low, left: across.low, bottom: down.high, right: across.high },
  };
}
