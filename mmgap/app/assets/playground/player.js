/* Playing the descent: frames are fetched ahead and shown one after the other. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  /** Frames that are asked for at once, and the milliseconds that each is seen. */
  const AHEAD = 4;
  const PACE = 50;
  /** Where the reader wants little motion: every so many steps, seen so long. */
  const STILL_STRIDE = 10;
  const STILL_PACE = 1000;

  class Player {
    /** `engine` gives frames; `show(frame)` shows one; `stopped(error?)` is called at the end, or where it fails. */
    constructor(engine, last, show, stopped) {
      Object.assign(this, { engine, last, show, stopped, run: null });
    }

    get playing() {
      return this.run !== null;
    }

    /** Play on from the step of a state. */
    async play(state) {
      const run = (this.run = {});
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const [stride, pace] = still ? [STILL_STRIDE, STILL_PACE] : [1, PACE];
      const { signal } = (this.asking = new AbortController());
      const ask = (first) => this.engine.frames(state, first, Math.min(first + AHEAD - 1, this.last), signal);
      let failed;
      try {
        let coming = state.step < this.last ? ask(state.step + 1) : null;
        while (coming) {
          const frames = await coming;
          if (this.run !== run) return;
          const next = frames[frames.length - 1].step + 1;
          coming = next <= this.last ? ask(next) : null;
          coming?.catch(() => {}); // what fails is seen where it is awaited
          for (const frame of frames) {
            if (frame.step % stride && frame.step !== this.last) continue;
            await shown(pace);
            if (this.run !== run) return;
            this.show(frame);
          }
        }
      } catch (error) {
        failed = error;
      }
      if (this.run !== run) return;
      this.run = null;
      this.stopped(failed);
    }

    pause() {
      if (!this.playing) return;
      this.run = null;
      this.asking.abort();
      this.stopped();
    }
  }

  /** Wait for so many milliseconds, and for the next frame of the screen. */
  function shown(milliseconds) {
    return new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), milliseconds - 8));
  }

  mmgap.playground.Player = Player;
})();
