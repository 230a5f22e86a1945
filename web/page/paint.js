// Draws pixels and strips of renders on canvases.

/**
 * A picture's bytes as RGBA.
 * @param {{pixels: Uint8Array, rows: number, columns: number, channels: number}} picture one or three channels
 * @returns {ImageData}
 */
export function toImageData({ pixels, rows, columns, channels }) {
  const image = new ImageData(columns, rows);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let to = 0, at = 0; to < image.data.length; to += 4, at += channels) {
    image.data[to] = pixels[at];
    image.data[to + 1] = pixels[at + green];
    image.data[to + 2] = pixels[at + blue];
    image.data[to + 3] = 255;
  }
  return image;
}

/**
 * Shows an image on a canvas, which takes its size.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
export function showImage(canvas, image) {
  resize(canvas, image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/**
 * Gives a canvas another size; an equal size keeps what is drawn.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height) {
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}

const scratch = document.createElement("canvas");

/**
 * Draws a strip of a render into a rectangle of the canvas, enlarged if the pass is coarse.
 * @param {CanvasRenderingContext2D} context
 * @param {object} strip
 * @param {{x: number, y: number, width: number, height: number}} rectangle where the whole render goes
 */
export function drawStrip(context, strip, rectangle) {
  const { pixels, rows, columns, from, total } = strip;
  const image = new ImageData(pixels, columns, rows);
  if (columns === rectangle.width && total === rectangle.height) {
    context.putImageData(image, rectangle.x, rectangle.y + from);
    return;
  }
  scratch.width = columns;
  scratch.height = rows;
  scratch.getContext("2d").putImageData(image, 0, 0);
  const top = rectangle.y + (rectangle.height * from) / total;
  const height = (rectangle.height * rows) / total;
  context.drawImage(scratch, 0, 0, columns, rows, rectangle.x, top, rectangle.width, height);
}
