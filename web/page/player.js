// Plays samples at their rate.

/** The rates in Hz that every browser has for a buffer. At another rate, a buffer is played faster or slower than its own. */
const RATES = [8000, 96000];

export class Player {
  #context = null;
  #playing = null;

  /**
   * Plays from the start; what is playing stops.
   * @param {Float32Array} samples channels side by side
   * @param {number} channels
   * @param {number} rate
   */
  async play(samples, channels, rate) {
    this.stop();
    this.#context ??= new AudioContext();
    await this.#context.resume();
    const count = samples.length / channels;
    const own = Math.min(RATES[1], Math.max(RATES[0], rate));
    const buffer = this.#context.createBuffer(channels, count, own);
    for (let channel = 0; channel < channels; channel++) {
      const to = buffer.getChannelData(channel);
      for (let at = 0; at < count; at++) to[at] = samples[at * channels + channel];
    }
    this.#playing = new AudioBufferSourceNode(this.#context, { buffer, playbackRate: rate / own });
    this.#playing.connect(this.#context.destination);
    this.#playing.start();
  }

  stop() {
    this.#playing?.stop();
    this.#playing = null;
  }
}
