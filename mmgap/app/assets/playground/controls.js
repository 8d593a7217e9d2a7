/* The page at work: state, controls and address say the same; of many changes only the latest is computed. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const byId = (name) => document.getElementById(`playground-${name}`);
  /** Controls of the state that are a range with a number field. */
  const NUMBERS = ["n", "seed", "dim", "angle", "kappa_image", "kappa_text", "correlation", "scale", "rate"];
  /** Milliseconds without a change after which the address is written and the landscape asked for. */
  const CALM = 250;
  /** Milliseconds that a question which is no longer wanted may take before it is dropped. */
  const PATIENCE = 300;
  /** Every so many frames of a descent that plays, the curves are drawn. */
  const CURVES_EVERY = 4;

  class Playground {
    /** `setup` says words, terms, presets and limits; `address` reads and writes the query; `engine` computes: promises of
     *  `readings(state, signal, progress, seen)`, which may tell progress (step, last) and the points before the
     *  numbers, `frames(state, first, last, signal)`, `landscape(state, signal)`; `exportPage(state)` hands out the page. */
    constructor(setup, engine, address) {
      Object.assign(this, { setup, engine, address });
      const { Scene, Charts, Player } = mmgap.playground;
      const { texts } = setup;
      this.scene = new Scene(byId("scene"), { images: texts.images, texts: texts.texts, means: texts.gap_vector }, () => this.#describe());
      this.charts = new Charts(byId, setup);
      this.player = new Player(engine, setup.limits.step[1], (frame) => this.#showFrame(frame), (error) => this.#stopped(error));
      this.known = setup.known ?? null;
      const { state, said } = mmgap.playground.state.read(address.read(), setup, (text) => this.#canonical(text));
      this.state = state;
      this.#connect();
      this.#showControls();
      if (said.length && !byId("said").textContent) this.#say(said.join("\n"));
      this.#compute();
    }

    /** Change the state, show it, and compute it. */
    change(values) {
      this.player.pause();
      this.drawing?.abort();
      this.state = mmgap.playground.state.settled({ ...this.state, ...values }, this.setup);
      this.#showControls();
      this.#calm();
      this.#say("");
      this.#compute();
    }

    get query() {
      return mmgap.playground.state.write(this.state, this.setup.defaults);
    }

    #connect() {
      const { field, expression } = mmgap.playground;
      this.fields = {};
      for (const name of NUMBERS) {
        const restart = name === "rate" ? {} : { step: 0 };
        this.fields[name] = field(`playground-${name.replace("_", "-")}`, (value) => this.change({ [name]: value, ...restart }));
      }
      this.weights = {};
      for (const { name } of this.setup.terms) {
        this.weights[name] = field(`playground-weight-${name}`, (value) => this.#rewrite((parts) => expression.weighted(parts, name, value)));
      }
      this.options = {};
      for (const [option, usual] of [["alpha", 0], ["beta", 1]]) {
        const has = this.setup.terms.filter((term) => term.option === option).map((term) => term.name);
        const rewritten = (value) => this.#rewrite((parts) => expression.optioned(parts, has, option, value, usual));
        this.options[option] = { usual, has, field: field(`playground-${option}`, rewritten) };
      }
      byId("loss").addEventListener("input", () => this.#typed());
      byId("loss").addEventListener("change", () => this.#typed());
      byId("preset").addEventListener("change", (event) => this.#choose(event.target.value));
      byId("step").addEventListener("input", (event) => this.change({ step: Number(event.target.value) }));
      const last = this.setup.limits.step[1];
      const press = {
        play: () => this.#play(),
        reset: () => this.change({ step: 0 }),
        back: () => this.change({ step: Math.max(0, this.state.step - 1) }),
        forward: () => this.change({ step: Math.min(last, this.state.step + 1) }),
        share: () => this.#share(),
        png: () => mmgap.playground.files.picture(this.scene, this.charts, this.#name("png")),
        json: () => mmgap.playground.files.readings(this.readings, this.#name("json")),
        html: () => this.engine.exportPage(this.state),
      };
      for (const [name, pressed] of Object.entries(press)) byId(name).addEventListener("click", pressed);
    }

    #showControls() {
      const { read } = mmgap.playground.expression;
      for (const name of NUMBERS) this.fields[name].show(this.state[name]);
      if (document.activeElement !== byId("loss")) byId("loss").value = this.state.loss;
      const parts = read(this.state.loss, this.known);
      for (const [name, shown] of Object.entries(this.weights)) {
        shown.show(parts.find((part) => part.name === name)?.weight ?? 0);
      }
      for (const [option, { usual, has, field }] of Object.entries(this.options)) {
        const holder = parts.find((part) => has.includes(part.name) && option in part.options);
        if (holder || parts.some((part) => has.includes(part.name))) field.show(Number(holder?.options[option] ?? usual));
      }
      byId("preset").value = this.state.preset;
      this.#showStep();
    }

    #showStep() {
      byId("step").value = this.state.step;
      byId("step-number").textContent = this.state.step;
      const words = this.player.playing ? this.setup.texts.pause : this.setup.texts.play;
      if (byId("play").textContent !== words) byId("play").textContent = words;
      byId("values").setAttribute("aria-busy", this.player.playing);
      byId("values").setAttribute("aria-live", this.player.playing ? "off" : "polite");
    }

    #canonical(text) {
      const { read, write } = mmgap.playground.expression;
      return write(read(text, this.known));
    }

    /** The reader types a loss: it is taken where it can be read; the engine says the rest. */
    #typed() {
      try {
        const loss = this.#canonical(byId("loss").value);
        byId("loss").removeAttribute("aria-invalid");
        if (loss !== this.state.loss) this.change({ loss, step: 0 });
        else this.#say("");
      } catch (error) {
        byId("loss").setAttribute("aria-invalid", "true");
        this.#say(error.message, true);
      }
    }

    #rewrite(changed) {
      const { read, write } = mmgap.playground.expression;
      const loss = write(changed(read(this.state.loss, this.known)));
      byId("loss").value = loss;
      byId("loss").removeAttribute("aria-invalid");
      this.change({ loss, step: 0 });
    }

    #choose(id) {
      const preset = this.setup.presets.find((one) => one.id === id);
      if (!preset) return this.change({ preset: "" });
      const { seed, rate } = this.state;
      this.change({ ...mmgap.playground.state.stateOf(preset, this.setup), seed, rate, step: 0 });
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
      this.#calm();
      if (error) this.#fail(error);
      else this.#compute();
    }

    /** Compute the state; while one is computed, the others wait, and of these only the latest counts. */
    async #compute() {
      this.behind = true;
      if (this.asking) return this.asking.hurry();
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
      const { terms, total, metrics, points } = frame;
      Object.assign(this.readings, { state: this.state, query: this.query, terms, total, metrics, points });
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
      if (frame.step % CURVES_EVERY === 0) this.charts.show({ curves });
    }

    /** Once nothing has changed for a while: write the address, and ask for a landscape that readings lack. */
    #calm() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(async () => {
        this.address.write(this.query);
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
      byId("scene").setAttribute("aria-label", `${filled(texts.scene, values)}${seen}. ${texts.drag}`);
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

  function angleOf(a, b) {
    const dot = (v, w) => v[0] * w[0] + v[1] * w[1] + v[2] * w[2];
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    return Number.isFinite(cosine) ? Math.round((Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI) : "–";
  }

  /** The address bar of a page that a server gave: the query behind its question mark, with the language kept. */
  const SERVED = {
    read: () => location.search.slice(1),
    write(query) {
      const language = new URLSearchParams(location.search).get("lang");
      const whole = [query, language ? `lang=${encodeURIComponent(language)}` : ""].filter(Boolean).join("&");
      history.replaceState(history.state, "", whole ? `?${whole}` : location.pathname);
      for (const link of document.querySelectorAll(".languages a")) {
        link.search = [query, `lang=${link.lang}`].filter(Boolean).join("&");
      }
    },
  };

  /** Start the page that is there; return what runs it. */
  mmgap.playground.start = (setup, engine, address = SERVED) => new Playground(setup, engine, address);
})();
