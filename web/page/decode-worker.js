// A worker that decodes one picture, reduces it and sends its bytes. It lives for one picture, so that a picture that
// takes too much time or memory can be given up.
//
// In:  {blob, side}; out: {rows, columns, channels, pixels, original}, or {sentence}

import { HEAD, pictureSize } from "./image-size.js";

/** Pixels of the largest picture that is decoded. */
const MOST = 120e6;

/** Refuses a picture that would take too much memory. */
function check(size) {
  if (!size || size.rows * size.columns <= MOST) return;
  const millions = Math.round((size.rows * size.columns) / 1e6);
  throw new Error(`This picture has ${millions} megapixels; the page opens up to ${MOST / 1e6}, so reduce it first.`);
}

async function decode(blob) {
  check(pictureSize(await blob.slice(0, HEAD).arrayBuffer()));
  const bitmap = await createImageBitmap(blob).catch(() => {
    throw new Error("This file is not a picture that the browser can read; it may be damaged.");
  });
  check({ rows: bitmap.height, columns: bitmap.width });
  return bitmap;
}

/** Draws an image at another size on white. */
function draw(image, columns, rows, quality) {
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, columns, rows);
  context.imageSmoothingQuality = quality;
  context.drawImage(image, 0, 0, columns, rows);
  return canvas;
}

/** Reduces an image: halves it, which averages blocks of four pixels, and reduces the rest in one step. */
function reduce(bitmap, side) {
  const factor = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [columns, rows] = [bitmap.width, bitmap.height].map((length) => Math.max(1, Math.round(length * factor)));
  let image = bitmap;
  while (image.width >= 2 * columns && image.height >= 2 * rows && image.width > 2) {
    image = draw(image, Math.ceil(image.width / 2), Math.ceil(image.height / 2), "low");
  }
  return draw(image, columns, rows, "high");
}

/** The bytes of a canvas: one channel if all pixels are grey, or else three. */
function toBytes(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let grey = true;
  for (let at = 0; at < data.length && grey; at += 4) grey = data[at] === data[at + 1] && data[at] === data[at + 2];
  const channels = grey ? 1 : 3;
  const pixels = new Uint8Array((data.length / 4) * channels);
  for (let from = 0, to = 0; from < data.length; from += 4, to += channels) {
    for (let channel = 0; channel < channels; channel++) pixels[to + channel] = data[from + channel];
  }
  return { pixels, channels };
}

onmessage = async ({ data: { blob, side } }) => {
  try {
    const bitmap = await decode(blob);
    const canvas = reduce(bitmap, side);
    const original = { rows: bitmap.height, columns: bitmap.width };
    const picture = { rows: canvas.height, columns: canvas.width, original, ...toBytes(canvas) };
    postMessage(picture, [picture.pixels.buffer]);
  } catch (error) {
    const spent = error instanceof RangeError || error.name === "InvalidStateError";
    postMessage({ sentence: spent ? "There is not enough memory for this picture; reduce it first." : error.message });
  }
};
