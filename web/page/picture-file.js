// A picture's file to bytes of at most a given size. A worker decodes it, so that the page does not wait.

const SCRIPT = new URL("./decode-worker.js", import.meta.url);
/** Milliseconds after which a picture is given up. */
const PATIENCE = 30_000;

/**
 * @typedef {object} Picture
 * @property {Uint8Array} pixels row by row, channels side by side
 * @property {number} rows
 * @property {number} columns
 * @property {1 | 3} channels
 * @property {{rows: number, columns: number}} original the size in the file
 */

/**
 * Decodes and reduces a picture.
 * @param {Blob} blob
 * @param {number} side the longest side
 * @returns {Promise<Picture>}
 */
export function readPicture(blob, side) {
  const worker = new Worker(SCRIPT, { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.sentence ? reject(new Error(data.sentence)) : resolve(data));
    worker.onerror = () => reject(new Error("The browser could not decode this picture."));
    setTimeout(() => reject(new Error("Decoding this picture takes too long; reduce it first.")), PATIENCE);
    worker.postMessage({ blob, side });
  });
  return answer.finally(() => worker.terminate());
}

/**
 * The same picture with three channels.
 * @param {Picture} picture
 * @returns {Picture}
 */
export function toColour(picture) {
  if (picture.channels === 3) return picture;
  const pixels = new Uint8Array(3 * picture.pixels.length);
  for (let to = 0; to < pixels.length; to++) pixels[to] = picture.pixels[Math.floor(to / 3)];
  return { ...picture, pixels, channels: 3 };
}
