/* The page at work: state, controls and address say the same; of many changes only the latest is computed. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const byId = (name) => document.getElementById(`playground-${name}`);
  /** Milliseconds after a change until the address is written, and without one until the landscape is asked for. */
  const CALM = 250;
  /** Milliseconds that a question which is no longer wanted may take before it is dropped. */
  const PATIENCE = 300;
  /** Every so many frames of a descent that plays, its charts are drawn. */
  const CURVES_EVERY = 4;

  class Playground {
    /** `setup` says words, terms, presets and limits; `address` reads and writes the query; `engine` computes: promises of
     *  `readings(state, signal, progress, seen)`, which may tell progress (step, last) and the points before the
     *  numbers, `frames(state, first, last, signal)`, `landscape(state, signal)`; `exportPage(state, readings)` hands out
     *  the page. `setup.first` are readings that came with it. */
    constructor(setup, engine, address) {
      Object.assign(this, { setup, engine, address });
      const { Scene, Charts, Player, Controls } = mmgap.playground;
      const { texts } = setup;
      this.scene = new Scene(byId("scene"), { images: texts.images, texts: texts.texts, means: texts.gap_vector }, () => this.#describe());
      this.charts = new Charts(byId, setup);
      this.player = new Player(engine, setup.limits.step[1], (frame) => this.#showFrame(frame), (error) => this.#stopped(error));
      this.controls = new Controls(setup, (values) => this.change(values), (...words) => this.#say(...words));
      const { state, said } = mmgap.playground.state.read(address.read(), setup, (text) => this.controls.canonical(text));
      this.state = state;
      this.#connect();
      this.#showControls();
      if (setup.first?.query === this.query) this.#show(setup.first, state);
      if (said.length && !byId("said").textContent) this.#say(said.join("\n"));
      this.#compute();
    }

    /** Change the state, show it, and compute it. */
    change(values) {
      this.player.pause();
      this.drawing?.abort();
      this.state = mmgap.playground.state.settled({ ...this.state, ...values }, this.setup);
      this.#showControls();
      this.#note();
      this.#say("");
      this.#introduce(this.setup.texts.introduction);
      this.#compute();
    }

    get query() {
      return mmgap.playground.state.write(this.state, this.setup.defaults);
    }

    #connect() {
      const press = {
        play: () => this.#play(),
        share: () => this.#share(),
        png: () => mmgap.playground.files.picture(this.scene, this.charts, this.#name("png")),
        json: () => mmgap.playground.files.readings(this.readings, this.#name("json")),
        html: () => this.engine.exportPage(this.state, this.readings),
      };
      for (const [name, pressed] of Object.entries(press)) byId(name).addEventListener("click", pressed);
      for (const [k, story] of this.setup.stories.entries()) {
        byId(`story-${k}`).addEventListener("click", () => this.#tell(story));
      }
    }

    #showControls() {
      this.controls.show(this.state);
      this.#showStep();
    }

    #showStep() {
      this.controls.showStep(this.state, this.player.playing);
    }

    /** Show a story's state, say what is seen in it, and play it. */
    async #tell(story) {
      const state = mmgap.playground.state.stateOf(story, this.setup);
      this.change(state);
      this.#introduce(story.words, true);
      await this.computed;
      if (this.query === story.query && !this.player.playing) this.#play();
    }

    /** Say what the page is for, or what is seen in a story. */
    #introduce(words, told = false) {
      const place = byId("introduction");
      if (place.textContent !== words) place.textContent = words;
      place.className = told ? "told" : "faint";
    }

    #play() {
      if (!this.readings) return;
      if (this.player.playing) return this.player.pause();
      if (this.state.step >= this.setup.limits.step[1]) this.state = { ...this.state, step: 0 };
      this.player.play(this.state);
      this.#showStep();
    }

    #stopped(error) {
      this.#showStep();
      this.#note();
      if (error) this.#fail(error);
      else this.#compute();
    }

    /** Compute the state; while one is computed, the others wait, and of these only the latest counts. */
    #compute() {
      this.behind = true;
      if (this.asking) this.asking.hurry();
      else this.computed = this.#computing();
    }

    async #computing() {
      while (this.behind) {
        this.behind = false;
        const asked = this.state;
        this.asking = question();
        try {
          const { signal } = this.asking;
          const progress = (...far) => this.#progress(...far);
          const seen = (points) => !this.player.playing && this.scene.show(points);
          const readings = await this.engine.readings(asked, signal, progress, seen);
          if (!this.player.playing) this.#show(readings, asked);
        } catch (error) {
          if (asked === this.state) this.#fail(error);
        }
      }
      this.asking = undefined;
      if (!this.player.playing) this.#calm();
    }

    #progress(step, last) {
      this.#say(mmgap.playground.state.filled(this.setup.texts.descending, { step, last }));
      this.passing = true;
    }

    #fail(error) {
      if (error.name === "AbortError") return;
      this.#say(error.message === "unreachable" ? this.setup.texts.unreachable : error.message, true);
    }

    #show(readings, asked) {
      this.readings = readings;
      this.scene.show(readings.points);
      this.#describe();
      const preset = this.setup.presets.find((one) => one.id === asked.preset);
      mmgap.playground.tables.values(byId("values"), readings, this.setup);
      mmgap.playground.tables.printed(byId("printed"), preset, readings, this.setup);
      if (readings.said) this.#say(readings.said);
      else if (this.passing) this.#say("");
      this.charts.show(readings);
      this.charted = asked;
    }

    #showFrame(frame) {
      this.state = { ...this.state, step: frame.step };
      const { terms, total, metrics, points, histogram } = frame;
      Object.assign(this.readings, { state: this.state, query: this.query, terms, total, metrics, points, histogram });
      this.scene.show(frame.points);
      mmgap.playground.tables.values(byId("values"), frame, this.setup);
      this.#showStep();
      const { curves } = this.readings;
      const known = curves.step.indexOf(frame.step);
      if (known < 0) {
        curves.step.push(frame.step);
        for (const [name, column] of Object.entries(curves)) {
          if (name !== "step") column.push(name === "loss" ? frame.total : frame.metrics[name]);
        }
      }
      if (frame.step % CURVES_EVERY === 0) this.charts.show({ curves, histogram: frame.histogram });
    }

    /** Write the address soon: browsers allow it a few times a second. */
    #note() {
      this.noting ??= setTimeout(() => {
        this.noting = undefined;
        this.address.write(this.query);
      }, CALM);
    }

    /** Once nothing has changed for a while, ask for a landscape that readings lack. */
    #calm() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(async () => {
        const asked = this.charted;
        if (this.player.playing || this.asking || !asked || asked !== this.state || this.readings?.landscape) return;
        this.drawing?.abort();
        this.drawing = new AbortController();
        try {
          const { shift, loss, gap } = await this.engine.landscape(asked, this.drawing.signal);
          if (asked !== this.state) return;
          this.readings.landscape = { shift, loss, gap };
          this.charts.show(this.readings);
        } catch (error) {
          if (asked === this.state) this.#fail(error);
        }
      }, CALM);
    }

    /** Keep the label of the scene true. */
    #describe() {
      if (!this.readings) return;
      const { texts } = this.setup;
      const { points, metrics } = this.readings;
      const values = { n: points.images.n, gap: mmgap.playground.tables.four(metrics.gap), angle: angleOf(points.image_mean, points.text_mean) };
      const filled = mmgap.playground.state.filled;
      const seen = points.projected ? `; ${filled(texts.projected, { dim: this.state.dim })}` : "";
      byId("scene").setAttribute("aria-label", `${filled(texts.scene, values)}${seen}.`);
      byId("seen").textContent = points.projected ? `${texts.drag} ${upper(filled(texts.projected, { dim: this.state.dim }))}.` : texts.drag;
    }

    #say(words, wrong = false) {
      const said = byId("said");
      if (said.textContent !== words) said.textContent = words;
      said.className = words ? (wrong ? "said wrong" : "said") : "";
      this.passing = false;
    }

    async #share() {
      this.address.write(this.query);
      try {
        await navigator.clipboard.writeText(location.href);
        this.#say(this.setup.texts.copied);
      } catch {
        this.#say(location.href);
      }
    }

    #name(ending) {
      return `mmgap-playground-step-${this.state.step}.${ending}`;
    }
  }

  /** A question under way, which is dropped a while after another is asked. */
  function question() {
    const controller = new AbortController();
    const since = performance.now();
    const hurry = () => setTimeout(() => controller.abort(), Math.max(0, since + PATIENCE - performance.now()));
    return { signal: controller.signal, hurry };
  }

  function upper(words) {
    return words.charAt(0).toUpperCase() + words.slice(1);
  }

  function angleOf(a, b) {
    const dot = (v, w) => v[0] * w[0] + v[1] * w[1] + v[2] * w[2];
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    return Number.isFinite(cosine) ? Math.round((Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI) : "–";
  }

  /** Start the page that is there; return what runs it. */
  mmgap.playground.start = (setup, engine, address) => new Playground(setup, engine, address);
})();
