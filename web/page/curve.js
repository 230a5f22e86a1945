// Draws the course of a fit: PSNR over steps, or the loss on a logarithmic axis if there is no PSNR.

import { counted, decibels, short } from "./format.js";
import { resize } from "./paint.js";
import { colour } from "./theme.js";

/** Margins around the plot, in CSS pixels. */
const MARGIN = { left: 42, right: 14, top: 26, bottom: 24 };
/** Points that are drawn of each line. */
const POINTS = 400;

/**
 * @typedef {object} Line
 * @property {{step: number, psnr: number | null, loss: number}[]} history
 * @property {string} colour name of a custom property of the style
 */

/** A distance of ticks: 1, 2 or 5 times a power of ten. */
function tickStep(range, count) {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

/** At most POINTS of the history, with the last one. A PSNR that was not measured anew is left out. */
function thinned(history) {
  const measured = history.filter(({ psnr }, index) => psnr === null || psnr !== history[index - 1]?.psnr);
  const every = Math.ceil(measured.length / POINTS);
  return measured.filter((_, index) => index % every === 0 || index === measured.length - 1);
}

/** What is drawn upwards. */
function choose(lines) {
  const some = lines.some(({ history }) => history.some(({ psnr }) => Number.isFinite(psnr)));
  if (some) return { of: ({ psnr }) => psnr, unit: "PSNR in dB", label: (value) => short(value) };
  return { of: ({ loss }) => Math.log10(loss), unit: "loss", label: (value) => short(10 ** value) };
}

/** The ends of the values, a little wider than they are. */
function ends(values) {
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return [0, 1];
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = Math.max(0.05 * (high - low), 0.05);
  return [low - room, high + room];
}

/**
 * Draws the lines on the canvas at the resolution of the screen.
 * @param {HTMLCanvasElement} canvas
 * @param {Line[]} lines
 */
export function drawCurve(canvas, lines) {
  const ratio = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return;
  resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const thin = lines.map((line) => ({ ...line, history: thinned(line.history) }));
  const quantity = choose(thin);
  const [low, high] = ends(thin.flatMap(({ history }) => history.map(quantity.of)));
  const most = Math.max(1, ...thin.map(({ history }) => history.at(-1)?.step ?? 0));
  const x = (step) => MARGIN.left + ((width - MARGIN.left - MARGIN.right) * step) / most;
  const y = (value) => height - MARGIN.bottom - ((height - MARGIN.top - MARGIN.bottom) * (value - low)) / (high - low);
  const plot = { context, width, height, x, y, low, high, most };
  drawAxes(plot, quantity);
  for (const line of thin) drawLine(plot, line, quantity.of);
}

function drawAxes({ context, width, height, x, y, low, high, most }, { unit, label }) {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colour("muted");
  context.strokeStyle = colour("line");
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const up = tickStep(high - low, height / 45);
  for (let value = Math.ceil(low / up) * up; value <= high; value += up) {
    context.beginPath();
    context.moveTo(MARGIN.left, Math.round(y(value)) + 0.5);
    context.lineTo(width - MARGIN.right, Math.round(y(value)) + 0.5);
    context.stroke();
    context.fillText(label(Number(value.toPrecision(6))), MARGIN.left - 6, y(value));
  }
  context.textAlign = "center";
  const along = Math.max(1, tickStep(most, width / 70));
  for (let step = along; step <= most; step += along) context.fillText(counted(step), x(step), height - 10);
  context.textAlign = "left";
  context.fillText(`${unit}, over the steps`, 4, 10);
}

function drawLine({ context, x, y }, { history, colour: name }, of) {
  context.strokeStyle = colour(name);
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  for (const point of history) {
    const value = of(point);
    if (Number.isFinite(value)) context.lineTo(x(point.step), y(value));
  }
  context.stroke();
}

/**
 * What a curve shows, in words.
 * @param {{step: number, psnr: number | null}[]} history
 * @returns {string}
 */
export function describeCurve(history) {
  const last = history.at(-1);
  if (!last) return "Course of the fit: no step yet.";
  return `Course of the fit: PSNR ${decibels(last.psnr)} at step ${counted(last.step)}.`;
}
