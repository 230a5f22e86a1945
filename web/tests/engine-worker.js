// What the tests ask the engine itself, in a worker as the page has it.
//
// In:  {part, task, args}: the part of the cores, and the task
// Out: {value} or {sentence}

import { loadEngine } from "./engine.js";

const tasks = {
  /** The numbers of a field at a place. */
  probe: (engine, bytes, row, column) => JSON.parse(new engine.View(bytes).probe(row, column)),
  /** The threads, the loss after all steps, and the bytes of the field. */
  fit(engine, settings, pixels, side) {
    const fitting = engine.Fitting.picture(JSON.stringify(settings), pixels, side, side, 1);
    let progress = { done: false };
    while (!progress.done) progress = JSON.parse(fitting.step(0));
    return { ...JSON.parse(engine.engine()), loss: progress.loss, field: Array.from(fitting.field()) };
  },
};

onmessage = async ({ data: { part, task, args } }) => {
  try {
    postMessage({ value: tasks[task](await loadEngine(part), ...args) });
  } catch (error) {
    postMessage({ sentence: error.message });
  }
};
