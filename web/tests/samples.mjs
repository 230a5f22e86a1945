// Files that the tests give to the page, made here.

/** A file that is no picture, though its name says so. */
export const BROKEN = {
  name: "broken.png",
  mimeType: "image/png",
  buffer: Buffer.from("\x89PNG\r\n\x1a\nno picture follows".repeat(9), "latin1"),
};

/** The head of a PNG of 20000 x 10000 pixels. A reader that allocates for it asks for 800 megabytes. */
export function hugePicture() {
  const buffer = Buffer.alloc(64);
  Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1").copy(buffer);
  buffer.writeUInt32BE(20000, 16);
  buffer.writeUInt32BE(10000, 20);
  return { name: "huge.png", mimeType: "image/png", buffer };
}

/**
 * A mono WAV of 16 bits: two tones that fade.
 * @param {number} seconds
 * @param {number} rate
 */
export function sound(seconds, rate) {
  const count = Math.round(seconds * rate);
  const buffer = Buffer.alloc(44 + 2 * count);
  buffer.write("RIFF", 0);
  buffer.writeUInt32LE(36 + 2 * count, 4);
  buffer.write("WAVEfmt ", 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20); // integers
  buffer.writeUInt16LE(1, 22); // one channel
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(2 * rate, 28);
  buffer.writeUInt16LE(2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write("data", 36);
  buffer.writeUInt32LE(2 * count, 40);
  for (let at = 0; at < count; at++) {
    const time = at / rate;
    const value = 0.4 * Math.sin(2 * Math.PI * 220 * time) + 0.2 * Math.sin(2 * Math.PI * 330 * time);
    buffer.writeInt16LE(Math.round(32767 * value * Math.exp(-2 * time)), 44 + 2 * at);
  }
  return { name: "tones.wav", mimeType: "audio/wav", buffer };
}

/**
 * A smooth grey picture as a PGM file and its pixels.
 * @param {number} side
 */
export function waves(side) {
  const grey = (at) => Math.round(128 + 100 * Math.sin((at % side) / 5) * Math.cos(Math.floor(at / side) / 7));
  const pixels = Uint8Array.from({ length: side * side }, (_, at) => grey(at));
  return { pixels, file: Buffer.concat([Buffer.from(`P5\n${side} ${side}\n255\n`), pixels]) };
}
