// The worker that looks at fields. Renders wait in a queue with one place for each target, so a newer request for the
// same canvas replaces an older one. Calls are answered between two strips.
//
// In:  put {name, bytes}, forget {name}, render {target, id, request}, cancel {target}, buffer {buffer},
//      call {id, method, args}
// Out: strip {target, id, ...}, answer {id, value}, fault {target, id, sentence, fatal}

import { describe, loadEngine, makePause } from "./engine.js";
import { scaleOf, shade } from "./shade.js";
import { Fields } from "./view-fields.js";
import { strips } from "./view-render.js";

const pause = makePause();
const loading = loadEngine(0.5);
const queue = new Map(); // target -> render, in the order of arrival
const pool = []; // buffers that the page has given back
const POOLED = 6;
let engine = null;
let fields = null;
let looping = false;

/** Memory for `length` bytes, from a returned buffer where one fits. */
function allocate(length) {
  const at = pool.findIndex((buffer) => buffer.byteLength >= length && buffer.byteLength <= 4 * length);
  const buffer = at < 0 ? new ArrayBuffer(length) : pool.splice(at, 1)[0];
  return new Uint8ClampedArray(buffer, 0, length);
}

/** What the page can ask; each answers with something that can be cloned. */
const methods = {
  info: (name) => fields.open(name).info,
  probe: (name, row, column) => JSON.parse(fields.open(name).view.probe(row, column)),
  sound: (name, start, stop, rate) => fields.open(name).view.sound(start, stop, rate),
  /** A derivative of the picture itself by differences, shaded, and its scale. */
  differences(quantity, { pixels, rows, columns, channels }) {
    const values = engine.differences(quantity, pixels, rows, columns, channels);
    const scale = scaleOf(values, channels);
    const shaded = new Uint8ClampedArray(4 * rows * columns);
    shade(values, channels, quantity, scale, shaded);
    return { shaded, scale };
  },
};

const handlers = {
  put: ({ name, bytes }) => fields.put(name, bytes),
  forget: ({ name }) => fields.forget(name),
  render({ target, id, request }) {
    queue.delete(target);
    queue.set(target, { target, id, request });
    loop();
  },
  cancel: ({ target }) => queue.delete(target),
  buffer({ buffer }) {
    if (pool.length < POOLED) pool.push(buffer);
  },
  call: ({ id, method, args }) => postMessage({ type: "answer", id, value: methods[method](...args) }),
};

/** Renders what is in the queue until it is empty. */
async function loop() {
  if (looping) return;
  looping = true;
  while (queue.size > 0) {
    const job = queue.values().next().value;
    try {
      await render(job);
    } catch (error) {
      postMessage({ type: "fault", target: job.target, id: job.id, ...describe(error) });
    }
    if (queue.get(job.target) === job) queue.delete(job.target);
  }
  looping = false;
}

/** Sends the strips of a render until it is replaced or cancelled. */
async function render(job) {
  const { target, id, request } = job;
  for (const strip of strips(fields, request, allocate)) {
    postMessage({ type: "strip", target, id, ...strip }, [strip.pixels.buffer]);
    await pause();
    if (queue.get(target) !== job || !fields.has(request.name)) return;
  }
}

onmessage = async ({ data }) => {
  try {
    engine ??= await loading;
    fields ??= new Fields(engine.View);
    handlers[data.type](data);
  } catch (error) {
    postMessage({ type: "fault", target: data.target, id: data.id, ...describe(error) });
  }
};
