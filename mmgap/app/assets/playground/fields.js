/* The page's fields: each control is a range and a number field that hold one value. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  /** From a value to its place on a range, and back. */
  const PLACES = {
    linear: [(v) => v, (p) => p],
    log: [Math.log10, (p) => 10 ** p],
    log1p: [(v) => Math.log10(1 + v), (p) => 10 ** p - 1],
  };
  /** What an arrow key adds to the place on a range that is not linear. */
  const KEY_STEP = 0.02;

  class Field {
    /** `named` is the name of what it holds; `set(value)` is called when the reader changes it. */
    constructor(range, number, whole, set) {
      Object.assign(this, { range, number, whole, set });
      this.places = PLACES[range.dataset.scale ?? "linear"];
      this.limits = [number.min ? Number(number.min) : -Infinity, number.max ? Number(number.max) : Infinity];
      range.addEventListener("input", () => this.#take(this.#rounded(this.places[1](Number(range.value))), range));
      range.addEventListener("keydown", (event) => this.#key(event));
      number.addEventListener("input", () => {
        const value = number.value.trim() ? Number(number.value) : NaN;
        const right = value >= this.limits[0] && value <= this.limits[1] && (!whole || Number.isInteger(value));
        number.toggleAttribute("aria-invalid", !right);
        if (right) this.#take(value, number);
      });
      number.addEventListener("change", () => this.#write());
    }

    /** Show a value, where it is not shown already. */
    show(value) {
      if (value === this.value) return;
      this.value = value;
      this.#write();
    }

    /** Write the value into both, but for the one that the reader is at. */
    #write(except) {
      const { value } = this;
      const text = mmgap.playground.expression.spelled(value);
      if (except !== this.range) this.range.value = this.places[0](value);
      this.range.setAttribute("aria-valuetext", text);
      if (except === this.number) return;
      this.number.value = text;
      this.number.removeAttribute("aria-invalid");
    }

    #take(value, except) {
      if (value === this.value) return;
      this.value = value;
      this.#write(except);
      this.set(value);
    }

    #rounded(value) {
      const [low, high] = this.limits;
      const even = this.places === PLACES.linear ? Number(value.toFixed(6)) : Number(value.toPrecision(3));
      return Math.max(low, Math.min(high, this.whole ? Math.round(even) : even));
    }

    /** On a range that is not linear, a press of an arrow key changes the value by what can be seen. */
    #key(event) {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!way || this.places === PLACES.linear) return;
      event.preventDefault();
      const stepped = this.#rounded(this.places[1](this.places[0](this.value) + way * KEY_STEP));
      const [low, high] = this.limits;
      const moved = this.whole && stepped === this.value ? this.value + way : stepped;
      this.#take(Math.max(low, Math.min(high, moved)));
    }
  }

  /** Return the field of an id "playground-…"; `set(value)` is called when the reader changes it. */
  function field(id, set) {
    const range = document.getElementById(id);
    const number = document.getElementById(`${id}-number`);
    return new Field(range, number, mmgap.playground.state.WHOLE.includes(range.dataset.name), set);
  }

  mmgap.playground.field = field;
})();
