/* The page's controls: they show a state, and tell what the reader makes of it. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const byId = (name) => document.getElementById(`playground-${name}`);
  /** Controls of the state that are a range with a number field. */
  const NUMBERS = ["n", "seed", "dim", "angle", "kappa_image", "kappa_text", "correlation", "scale", "rate"];

  class Controls {
    /** `setup` says terms, presets, stories and limits; `change(values)` is called with what is to be changed,
     *  `say(words, wrong)` with what is to be said. */
    constructor(setup, change, say) {
      Object.assign(this, { setup, change, say, known: setup.known ?? null });
      const { field, expression } = mmgap.playground;
      this.fields = {};
      for (const name of NUMBERS) {
        const restart = name === "rate" ? {} : { step: 0 };
        this.fields[name] = field(`playground-${name.replace("_", "-")}`, (value) => change({ [name]: value, ...restart }));
      }
      this.weights = {};
      for (const { name } of setup.terms) {
        this.weights[name] = field(`playground-weight-${name}`, (value) => this.#rewrite((parts) => expression.weighted(parts, name, value)));
      }
      this.options = {};
      for (const [option, usual] of [["alpha", 0], ["beta", 1]]) {
        const has = setup.terms.filter((term) => term.option === option).map((term) => term.name);
        const rewritten = (value) => this.#rewrite((parts) => expression.optioned(parts, has, option, value, usual));
        this.options[option] = { usual, has, field: field(`playground-${option}`, rewritten) };
      }
      for (const kind of ["input", "change"]) byId("loss").addEventListener(kind, () => this.#typed());
      byId("preset").addEventListener("change", (event) => this.#choose(event.target.value));
      byId("step").addEventListener("input", (event) => change({ step: Number(event.target.value) }));
      const last = setup.limits.step[1];
      const press = {
        reset: () => change({ step: 0 }),
        back: () => change({ step: Math.max(0, this.state.step - 1) }),
        forward: () => change({ step: Math.min(last, this.state.step + 1) }),
      };
      for (const [name, pressed] of Object.entries(press)) byId(name).addEventListener("click", pressed);
    }

    /** Show a state. */
    show(state) {
      this.state = state;
      for (const name of NUMBERS) this.fields[name].show(state[name]);
      if (document.activeElement !== byId("loss")) byId("loss").value = state.loss;
      const parts = mmgap.playground.expression.read(state.loss, this.known);
      for (const [name, shown] of Object.entries(this.weights)) {
        shown.show(parts.find((part) => part.name === name)?.weight ?? 0);
      }
      for (const [option, { usual, has, field }] of Object.entries(this.options)) {
        const holder = parts.find((part) => has.includes(part.name) && option in part.options);
        if (holder || parts.some((part) => has.includes(part.name))) field.show(Number(holder?.options[option] ?? usual));
      }
      byId("preset").value = state.preset;
    }

    /** Show the state's step, and whether the descent plays. */
    showStep(state, playing) {
      this.state = state;
      byId("step").value = state.step;
      byId("step-number").textContent = state.step;
      const words = playing ? this.setup.texts.pause : this.setup.texts.play;
      if (byId("play").textContent !== words) byId("play").textContent = words;
      byId("values").setAttribute("aria-busy", playing);
      byId("values").setAttribute("aria-live", playing ? "off" : "polite");
    }

    /** Return the canonical spelling of a loss; throw an Error that says why it is none. */
    canonical(text) {
      const { read, write } = mmgap.playground.expression;
      return write(read(text, this.known));
    }

    /** The reader types a loss: it is taken where it can be read; the engine says the rest. */
    #typed() {
      try {
        const loss = this.canonical(byId("loss").value);
        byId("loss").removeAttribute("aria-invalid");
        if (loss !== this.state.loss) this.change({ loss, step: 0 });
        else this.say("");
      } catch (error) {
        byId("loss").setAttribute("aria-invalid", "true");
        this.say(error.message, true);
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
  }

  mmgap.playground.Controls = Controls;
})();
