// Lets a visitor place a picture on another one: drag it, or move it with the arrow keys.

/** Pixels of the lower picture that an arrow key moves, and with the shift key. */
const [ARROW, FAST] = [1, 8];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Listens on a canvas that shows the lower picture.
 * @param {HTMLCanvasElement} canvas
 * @param {(down: number, across: number) => void} move by pixels of the lower picture
 */
export function listenToPlacement(canvas, move) {
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = { x: event.offsetX, y: event.offsetY };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const [across, down] = [event.offsetX - last.x, event.offsetY - last.y];
    last = { x: event.offsetX, y: event.offsetY };
    move((down * canvas.height) / canvas.clientHeight, (across * canvas.width) / canvas.clientWidth);
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (last = null));
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const pixels = event.shiftKey ? FAST : ARROW;
    move(pixels * arrow[0], pixels * arrow[1]);
  });
}
