// Starts workers that have an engine.

/**
 * Starts a worker. Its threads cannot reach it while it waits for them, so they call the page on a channel that
 * has the name of the worker.
 * @param {URL} script
 * @param {(message: any) => void} hear gets the messages of the worker and the faults of its threads
 * @returns {{worker: Worker, end: () => void}}
 */
export function launch(script, hear) {
  const name = `sinefield ${Math.random()}`;
  const worker = new Worker(script, { type: "module", name });
  const channel = new BroadcastChannel(name);
  worker.onmessage = channel.onmessage = ({ data }) => hear(data);
  const end = () => {
    worker.terminate();
    channel.close();
  };
  return { worker, end };
}
