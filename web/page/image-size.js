// Reads the size of a picture from the head of its file, so that a picture that is too large is never decoded.
// It knows PNG, JPEG, GIF, WebP and BMP.

/** Bytes from the start of a file that hold the size; a JPEG may have a thumbnail before it. */
export const HEAD = 1 << 18;

/** True if the bytes at `at` are the text. */
function spells(view, at, text) {
  if (at + text.length > view.byteLength) return false;
  return [...text].every((letter, index) => view.getUint8(at + index) === letter.charCodeAt(0));
}

/** The size in the frame header of a JPEG, found from marker to marker. */
function jpeg(view) {
  for (let at = 2; at + 9 < view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { rows: view.getUint16(at + 5), columns: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}

/** The size in the first chunk of a WebP, which has one of three forms. */
function webp(view) {
  const three = (at) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (spells(view, 12, "VP8X")) return { rows: three(27) + 1, columns: three(24) + 1 };
  const lossy = (at) => view.getUint16(at, true) & 0x3fff;
  if (spells(view, 12, "VP8 ")) return { rows: lossy(28), columns: lossy(26) };
  const bits = view.getUint32(21, true);
  return { rows: ((bits >>> 14) & 0x3fff) + 1, columns: (bits & 0x3fff) + 1 };
}

/**
 * The size of a picture.
 * @param {ArrayBuffer} head the first bytes of the file
 * @returns {{rows: number, columns: number} | null} null if the head does not tell it
 */
export function pictureSize(head) {
  const view = new DataView(head);
  if (view.byteLength < 32) return null;
  const png = spells(view, 1, "PNG\r\n") && spells(view, 12, "IHDR");
  if (png) return { rows: view.getUint32(20), columns: view.getUint32(16) };
  if (spells(view, 0, "GIF8")) return { rows: view.getUint16(8, true), columns: view.getUint16(6, true) };
  if (spells(view, 0, "RIFF") && spells(view, 8, "WEBP")) return webp(view);
  if (spells(view, 0, "BM")) return { rows: Math.abs(view.getInt32(22, true)), columns: view.getInt32(18, true) };
  return view.getUint16(0) === 0xffd8 ? jpeg(view) : null;
}
