// A sound's file to samples, converted to one rate and cut to a number of seconds.

/** Bytes of the largest file that is decoded. Decoding needs many times this memory. */
const MOST = 40e6;

/**
 * @typedef {object} Sound
 * @property {Float32Array} samples from -1 to 1, channels side by side
 * @property {number} channels one or two
 * @property {number} rate in samples per second
 * @property {number} original seconds in the file
 */

/**
 * Decodes, converts and cuts a sound.
 * @param {Blob} blob
 * @param {number} rate
 * @param {number} seconds
 * @returns {Promise<Sound>}
 */
export async function readSound(blob, rate, seconds) {
  if (blob.size > MOST) throw new Error(`This sound file is larger than ${MOST / 1e6} megabytes; cut the sound first.`);
  const context = new OfflineAudioContext(1, 1, rate);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer()).catch(() => {
    throw new Error("This file is not a sound that the browser can read; it may be damaged.");
  });
  const channels = Math.min(2, buffer.numberOfChannels);
  const count = Math.min(buffer.length, Math.round(rate * seconds));
  if (count < 2) throw new Error("This sound is empty.");
  const samples = new Float32Array(count * channels);
  for (let channel = 0; channel < channels; channel++) {
    const from = buffer.getChannelData(channel);
    for (let at = 0; at < count; at++) samples[at * channels + channel] = from[at];
  }
  return { samples, channels, rate, original: buffer.duration };
}
