/* The worker: answers what the page asks, in the order asked, from the descents that it keeps. */
(() => {
  "use strict";

  /** Descents that are kept, by their states. */
  const MOST = 3;
  /** Milliseconds of work after which others are let in. */
  const TURN = 100;

  const descents = new Map();
  const dropped = new Set();
  let since = 0;

  function descentOf({ step, preset, ...state }, last) {
    const key = JSON.stringify(state);
    const found = descents.get(key) ?? new mmgap.engine.Descent(state, last);
    descents.delete(key);
    descents.set(key, found);
    if (descents.size > MOST) descents.delete(descents.keys().next().value);
    return found;
  }

  const ANSWERS = {
    async readings({ state, last }, pause, tell) {
      const descent = descentOf(state, last);
      await walked(descent, state.step, pause);
      descent.go(state.step);
      tell({ points: descent.points() }); // they move at once; the numbers follow
      return descent.reading(state.step);
    },
    async frames({ state, first, end, last }, pause) {
      const descent = descentOf(state, last);
      const frames = [];
      for (let step = first; step <= end; step++) {
        await walked(descent, step, pause);
        frames.push(descent.frame(step));
      }
      return frames;
    },
    async landscape({ state, last }, pause) {
      const descent = descentOf(state, last);
      await walked(descent, state.step, pause);
      return descent.landscape(state.step, pause);
    },
  };

  /** Make the steps that are new, letting others in on the way. */
  async function walked(descent, step, pause) {
    for (let next = descent.seen.length; next < step; next++) {
      descent.go(next);
      await pause(next, step);
    }
  }

  let turn = Promise.resolve();
  onmessage = ({ data: { id, call, drop, ...asked } }) => {
    if (drop !== undefined) return dropped.add(drop);
    const tell = (told) => postMessage({ id, ...told });
    /** Let messages in after a while of work, and end here what is no longer wanted. */
    const pause = async (...far) => {
      if (performance.now() - since > TURN) {
        if (far.length) tell({ far });
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      if (dropped.has(id)) throw new DOMException("dropped", "AbortError");
    };
    turn = turn.then(async () => {
      since = performance.now();
      try {
        if (dropped.has(id)) throw new DOMException("dropped", "AbortError");
        tell({ answer: await ANSWERS[call](asked, pause, tell) });
      } catch (error) {
        tell({ error: error.message, name: error.name });
      }
      dropped.delete(id);
    });
  };
})();
