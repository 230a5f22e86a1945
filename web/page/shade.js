// Numbers of a field to grey or coloured pixels, with a stated scale for derivatives.

import { hasSign } from "./quantities.js";

/** The share of the magnitudes that the scale of a derivative covers. The rest is shown as black or white. */
const COVERED = 0.99;

/** The mean over the channels at a pixel. */
function mean(values, at, channels) {
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) sum += values[at + channel];
  return sum / channels;
}

/**
 * The magnitude that white stands for, so that most of `values` lie within the scale.
 * @param {Float32Array} values
 * @param {number} channels
 * @returns {number} positive
 */
export function scaleOf(values, channels) {
  const count = values.length / channels;
  const magnitudes = new Float32Array(count);
  for (let pixel = 0; pixel < count; pixel++) magnitudes[pixel] = Math.abs(mean(values, pixel * channels, channels));
  magnitudes.sort();
  return magnitudes[Math.floor(COVERED * (count - 1))] || 1e-12;
}

/**
 * Writes `values` as RGBA pixels. A value is drawn in its colours. Of a derivative, the mean over the channels is
 * drawn: a gradient magnitude from black (zero) to white (`scale`), one with a sign from black (-`scale`) through
 * mid-grey (zero) to white.
 * @param {Float32Array} values
 * @param {number} channels
 * @param {string} quantity
 * @param {number} scale
 * @param {Uint8ClampedArray} out four bytes for each pixel
 */
export function shade(values, channels, quantity, scale, out) {
  const pixels = new Uint32Array(out.buffer, out.byteOffset, out.length / 4);
  if (quantity === "value") return shadeValue(values, channels, out);
  const [middle, factor] = hasSign(quantity) ? [127.5, 127.5 / scale] : [0, 255 / scale];
  for (let pixel = 0, at = 0; pixel < pixels.length; pixel++, at += channels) {
    const grey = middle + factor * mean(values, at, channels);
    const byte = grey <= 0 ? 0 : grey >= 255 ? 255 : Math.round(grey);
    pixels[pixel] = 0xff000000 | (byte * 0x010101);
  }
}

/** Colours need three channels or more; otherwise the first channel is drawn in grey. */
function shadeValue(values, channels, out) {
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  for (let to = 0, at = 0; to < out.length; to += 4, at += channels) {
    out[to] = 255 * values[at];
    out[to + 1] = 255 * values[at + green];
    out[to + 2] = 255 * values[at + blue];
    out[to + 3] = 255;
  }
}
