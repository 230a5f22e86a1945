// The quantities that the page shows of a field, their names and what the shades of grey mean.

import { short } from "./format.js";

/** What is watched during a fit. */
export const WATCHED = ["value", "gradient-magnitude", "laplacian"];

/** The derivatives that have a sign, and the power of pixels that they are per. y points down, x across. */
const SIGNED = new Map([
  ["gradient-down", 1],
  ["gradient-across", 1],
  ["laplacian", 2],
  ["hessian-down", 2],
  ["hessian-mixed", 2],
  ["hessian-across", 2],
]);

/**
 * Whether zero is drawn in mid-grey.
 * @param {string} quantity
 */
export function hasSign(quantity) {
  return SIGNED.has(quantity);
}

/**
 * What black and white mean.
 * @param {string} quantity
 * @param {number} scale the magnitude that white stands for
 * @returns {string}
 */
export function legend(quantity, scale) {
  if (quantity === "value") return "black 0, white 1";
  const unit = SIGNED.get(quantity) === 2 ? "per px²" : "per px";
  return `${hasSign(quantity) ? "grey" : "black"} 0, white ${short(scale)} ${unit}`;
}

/**
 * A render of a whole picture at its own pixels.
 * @param {string} name of the field
 * @param {string} quantity
 * @param {number} rows
 * @param {number} columns
 * @returns {import("./view-render.js").Request}
 */
export function wholePicture(name, quantity, rows, columns) {
  const region = { top: 0, left: 0, bottom: rows, right: columns };
  return { name, quantity, region, rows, columns, scale: null, local: false, limit: Infinity, single: true };
}
