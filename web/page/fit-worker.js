// The worker that fits. It runs one session at a time and hears messages between two slices of work.
//
// In:  start {session, token, source, settings[], go}, go {session}, hold, step {session}, drop {session}
// Out: ready {engine}, started {settings[]}, progress {index, progress}, field {index, bytes}, held {done},
//      fault {sentence, fatal}; all but the first and the last carry the session and the token of its start.

import { describe, loadEngine, makePause } from "./engine.js";
import { Session } from "./fit-session.js";

const sessions = new Map();
const pause = makePause();
const loading = loadEngine(1);
let engine = null;
let active = null; // the name of the running session
let looping = false;

const handlers = {
  start({ session, token, source, settings, go }) {
    drop(session);
    const tell = (message, transfer = []) => postMessage({ session, token, ...message }, transfer);
    const fittings = [];
    try {
      for (const text of settings) fittings.push(makeFitting(source, text));
    } catch (error) {
      if (!describe(error).fatal) fittings.forEach((fitting) => fitting.free());
      throw error;
    }
    sessions.set(session, new Session(fittings, tell));
    tell({ type: "started", settings: fittings.map((fitting) => JSON.parse(fitting.settings())) });
    if (go) handlers.go({ session });
  },
  go({ session }) {
    if (!sessions.has(session)) return;
    if (active !== session) hold();
    active = session;
    loop();
  },
  hold() {
    hold();
  },
  step({ session }) {
    hold();
    sessions.get(session)?.stepAll();
  },
  drop({ session }) {
    drop(session);
  },
};

/** Makes a Fitting of what the page sent. */
function makeFitting(source, settings) {
  const { Fitting } = engine;
  if (source.kind === "sound") return Fitting.sound(settings, source.samples, source.rate, source.channels);
  const { pixels, rows, columns, channels } = source;
  if (source.kind === "picture") return Fitting.picture(settings, pixels, rows, columns, channels);
  const { base, pasted, top, left } = source;
  return Fitting.clone(settings, base, rows, columns, pasted.pixels, pasted.rows, pasted.columns, channels, top, left);
}

function drop(session) {
  if (active === session) active = null;
  sessions.get(session)?.free();
  sessions.delete(session);
}

/** Stops the running session and sends its last state. */
function hold() {
  const session = sessions.get(active);
  active = null;
  if (!session) return;
  session.flush();
  session.tell({ type: "held", done: session.done });
}

/** Runs the active session until there is none. */
async function loop() {
  if (looping) return;
  looping = true;
  while (active) {
    const name = active;
    try {
      const session = sessions.get(name);
      session.advance();
      if (session.done) hold();
    } catch (error) {
      active = null;
      fault(error, name);
    }
    await pause();
  }
  looping = false;
}

function fault(error, session) {
  postMessage({ type: "fault", session, ...describe(error) });
}

onmessage = async ({ data }) => {
  try {
    engine ??= await loading;
    handlers[data.type](data);
  } catch (error) {
    fault(error, data.session);
  }
};

loading.then(
  (loaded) => postMessage({ type: "ready", engine: JSON.parse(loaded.engine()) }),
  (error) => fault(error),
);
