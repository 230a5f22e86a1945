// Draws a waveform: a line where samples are far apart, or else the span of the samples in each column.

import { resize } from "./paint.js";
import { colour } from "./theme.js";

/** Columns of the canvas for a sample, above which a line is drawn. */
const LINE_FROM = 0.5;

/**
 * The rate at which a field is sampled for a canvas: its own, or more if the view is finer.
 * @param {{start: number, stop: number}} view in seconds
 * @param {number} width in pixels
 * @param {number} rate the field's own
 * @returns {number}
 */
export function drawingRate({ start, stop }, width, rate) {
  return Math.max(rate, width / (2 * (stop - start)));
}

/**
 * Draws samples.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} samples channels side by side
 * @param {number} channels
 * @param {string} name of the colour in the style
 * @param {{first: number, last: number}} [view] the samples at the edges of the canvas, fractions allowed
 */
export function drawWave(canvas, samples, channels, name, view = { first: 0, last: samples.length / channels }) {
  const ratio = Math.min(devicePixelRatio, 2);
  resize(canvas, Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.lineWidth = ratio;
  const plot = { context, width, view, count: samples.length / channels };
  for (let channel = 0; channel < channels; channel++) {
    const middle = (height * (channel + 0.5)) / channels;
    context.strokeStyle = colour("line");
    line(context, [[0, middle], [width, middle]]);
    context.strokeStyle = colour(name);
    const y = (value) => middle - (0.48 * height * Math.max(-1, Math.min(1, value))) / channels;
    const value = (at) => samples[at * channels + channel];
    if (width / (view.last - view.first) > LINE_FROM) drawLine(plot, value, y);
    else drawSpans(plot, value, y);
  }
}

function line(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

function drawLine({ context, width, view: { first, last }, count }, value, y) {
  const [from, to] = [Math.max(0, Math.floor(first)), Math.min(count - 1, Math.ceil(last))];
  const x = (at) => ((at - first) * width) / (last - first);
  line(context, Array.from({ length: to - from + 1 }, (_, index) => [x(from + index), y(value(from + index))]));
}

/** Draws the span of the samples in each column. */
function drawSpans({ context, width, view: { first, last }, count }, value, y) {
  const sampleAt = (x) => Math.min(count - 1, Math.floor(first + (x * (last - first)) / width));
  context.beginPath();
  for (let x = 0; x < width; x++) {
    const from = sampleAt(x);
    let [low, high] = [value(from), value(from)];
    for (let at = from + 1; at < sampleAt(x + 1); at++) {
      low = Math.min(low, value(at));
      high = Math.max(high, value(at));
    }
    context.moveTo(x + 0.5, y(high) - 0.5);
    context.lineTo(x + 0.5, y(low) + 0.5);
  }
  context.stroke();
}
