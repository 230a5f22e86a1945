// The quantities that the page shows of a field, their names and what the shades of grey mean.

import { short } from "./format.js";

/** @type {{id: "value" | "gradient-magnitude" | "laplacian", label: string}[]} */
export const QUANTITIES = [
  { id: "value", label: "Value" },
  { id: "gradient-magnitude", label: "Gradient magnitude" },
  { id: "laplacian", label: "Laplacian" },
];

/**
 * What black and white mean.
 * @param {string} quantity
 * @param {number} scale the magnitude that white stands for
 * @returns {string}
 */
export function legend(quantity, scale) {
  if (quantity === "value") return "black 0, white 1";
  if (quantity === "laplacian") return `grey 0, white ${short(scale)} per px²`;
  return `black 0, white ${short(scale)} per px`;
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
