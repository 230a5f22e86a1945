// Turns the wheel, one or two pointers, and keys into movements: move, zoom, whole, point.

/** Factors of a double click or a key, and of a pixel of the wheel. */
export const STRIDE = 1.5;
const WHEEL = 0.0022;
/** CSS pixels that an arrow key moves. */
const ARROW = 48;
/** CSS pixels of a line and a page, the units in which some mice count. */
const WHEEL_UNITS = [1, 16, 400];

const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [1, 0], ArrowRight: [-1, 0] };

/**
 * @typedef {object} Movements
 * @property {(by: {x: number, y: number}) => void} move
 * @property {(factor: number, point?: {x: number, y: number}) => void} zoom about the middle without a point
 * @property {() => void} whole
 * @property {(point: {x: number, y: number} | null) => void} point where the pointer is; null when keys are used
 */

/** The middle of the pointers and their mean distance from it. */
function span(points) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const x = mean(points.map((point) => point.x));
  const y = mean(points.map((point) => point.y));
  return { x, y, size: mean(points.map((point) => Math.hypot(point.x - x, point.y - y))) };
}

function listenToPointers(canvas, movements) {
  const down = new Map();
  const place = (event) => ({ x: event.offsetX, y: event.offsetY });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    movements.point(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    movements.point(place(event));
    if (!down.has(event.pointerId)) return;
    const before = span([...down.values()]);
    down.set(event.pointerId, place(event));
    const after = span([...down.values()]);
    movements.move({ x: after.x - before.x, y: after.y - before.y });
    if (down.size > 1 && before.size > 0) movements.zoom(after.size / before.size, after);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, (event) => down.delete(event.pointerId));
  }
  canvas.addEventListener("dblclick", (event) => movements.zoom(STRIDE ** 2, place(event)));
}

function listenToKeys(canvas, movements) {
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    movements.point(null);
    const arrow = ARROWS[event.key];
    if (arrow) movements.move({ x: ARROW * arrow[0], y: ARROW * arrow[1] });
    else if (event.key === "+" || event.key === "=") movements.zoom(STRIDE);
    else if (event.key === "-") movements.zoom(1 / STRIDE);
    else if (event.key === "0") movements.whole();
    else return;
    event.preventDefault();
  });
}

/**
 * Listens on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Movements} movements
 */
export function listen(canvas, movements) {
  listenToPointers(canvas, movements);
  listenToKeys(canvas, movements);
  const turn = (event) => {
    event.preventDefault();
    const way = event.deltaY * WHEEL_UNITS[event.deltaMode] * (event.ctrlKey ? 4 : 1);
    movements.zoom(Math.exp(-WHEEL * way), { x: event.offsetX, y: event.offsetY });
  };
  canvas.addEventListener("wheel", turn, { passive: false });
}

