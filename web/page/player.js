// Plays samples at their rate.

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
    const buffer = this.#context.createBuffer(channels, count, rate);
    for (let channel = 0; channel < channels; channel++) {
      const to = buffer.getChannelData(channel);
      for (let at = 0; at < count; at++) to[at] = samples[at * channels + channel];
    }
    this.#playing = new AudioBufferSourceNode(this.#context, { buffer });
    this.#playing.connect(this.#context.destination);
    this.#playing.start();
  }

  stop() {
    this.#playing?.stop();
    this.#playing = null;
  }
}
