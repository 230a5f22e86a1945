// A thread of an engine with shared memory. It works until it is ended, and never hears a message again.
//
// In:  {bundle, module, memory}
// Out: {sentence}: null once it is ready, or why it cannot be. When its engine stops, the page hears so on the channel
//      that has the name of the worker: whoever started this one is waiting for it, and hears nothing.

import { describe } from "./engine.js";

onmessage = async ({ data: { bundle, module, memory } }) => {
  let engine = null;
  try {
    engine = await import(`./engine/${bundle}/sinefield_web.js`);
    await engine.default({ module_or_path: module, memory });
  } catch (error) {
    postMessage({ sentence: error.message });
    return;
  }
  postMessage({ sentence: null });
  try {
    engine.run_thread();
  } catch (error) {
    new BroadcastChannel(self.name).postMessage({ type: "fault", ...describe(error), fatal: true });
  }
};
