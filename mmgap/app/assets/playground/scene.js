/* The vectors on the sphere: a canvas that is drawn when something changes, turned by dragging or by the arrow keys. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const DEGREE = Math.PI / 180;
  /** From the side of the axis between the two centres, a little from above; a circle is seen from its own axis. */
  const SPHERE_VIEW = { yaw: 0, pitch: 20 * DEGREE };
  const CIRCLE_VIEW = { yaw: 0, pitch: -90 * DEGREE };
  const KEY_STEP = 10 * DEGREE;

  /** Return the little-endian float32 of base64 text. */
  function decoded(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Float32Array(bytes.buffer);
  }

  class Scene {
    /** `words` says {images, texts, means, gap}; `turned` is called after each turn with {yaw, pitch} in degrees. */
    constructor(canvas, words, turned = () => {}) {
      Object.assign(this, { canvas, words, turned, view: { ...SPHERE_VIEW }, home: SPHERE_VIEW, points: null });
      this.context = canvas.getContext("2d");
      this.cloud = new mmgap.playground.Cloud();
      canvas.tabIndex = 0;
      canvas.style.touchAction = "none"; // a finger on the sphere turns it; beside it the page scrolls
      this.#listen();
      this.recolour();
    }

    /** Show the points of readings or of a frame. */
    show(points) {
      const images = decoded(points.images.f4);
      const texts = decoded(points.texts.f4);
      this.points = { images, texts, imageMean: points.image_mean, textMean: points.text_mean };
      const home = flat(images) && flat(texts) ? CIRCLE_VIEW : SPHERE_VIEW;
      if (home !== this.home) {
        this.home = home;
        this.view = { ...home };
      }
      this.redraw();
    }

    turn(yaw, pitch) {
      this.view.yaw += yaw;
      this.view.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.view.pitch + pitch));
      this.#changed();
    }

    reset() {
      this.view = { ...this.home };
      this.#changed();
    }

    /** Read the colours of the page again. */
    recolour() {
      const style = getComputedStyle(this.canvas);
      const colour = (name) => style.getPropertyValue(`--${name}`).trim() || "#808080";
      const names = ["image", "text", "mean", "ink", "line", "paper", "faint"];
      this.colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
      this.redraw();
    }

    /** Draw at the next frame, once however often it is asked for. */
    redraw() {
      this.waiting ??= requestAnimationFrame(() => {
        this.waiting = undefined;
        this.#fit();
        this.draw(this.context, this.width, this.height, this.ratio);
      });
    }

    /** Draw into any 2D context of this size in CSS pixels, each of so many device pixels. */
    draw(context, width, height, ratio) {
      const radius = Math.max(10, Math.min(width, height - 26) / 2 - 8);
      const centre = [width / 2, (height - 26) / 2 + 2];
      context.clearRect(0, 0, width, height);
      const { grid, arrow, legend } = mmgap.playground.marks;
      const view = { ...this.#axes(), centre, radius };
      grid(context, view, this.colours, false);
      if (this.points) {
        const { images, texts } = this.points;
        const sets = [{ points: images, colour: this.colours.image }, { points: texts, colour: this.colours.text }];
        this.cloud.paint(context, sets, view, width, height, ratio);
      }
      grid(context, view, this.colours, true);
      if (this.points) arrow(context, view, this.colours, this.points);
      legend(context, this.words, this.colours, width, height);
    }

    #changed() {
      this.redraw();
      this.turned({ yaw: Math.round(this.view.yaw / DEGREE), pitch: Math.round(this.view.pitch / DEGREE) });
    }

    #listen() {
      const { canvas } = this;
      canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        canvas.setPointerCapture(event.pointerId);
        this.held = { id: event.pointerId, x: event.clientX, y: event.clientY };
        canvas.style.cursor = "grabbing";
      });
      canvas.addEventListener("pointermove", (event) => {
        if (this.held?.id !== event.pointerId) return;
        const turn = Math.PI / Math.max(canvas.clientWidth, 1);
        const [dx, dy] = [event.clientX - this.held.x, event.clientY - this.held.y];
        this.held = { id: event.pointerId, x: event.clientX, y: event.clientY };
        this.turn(-dx * turn, dy * turn);
      });
      for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, () => {
          this.held = undefined;
          canvas.style.cursor = "grab";
        });
      }
      const keys = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      canvas.addEventListener("keydown", (event) => {
        if (event.key === "Home") this.reset();
        else if (keys[event.key]) this.turn(...keys[event.key].map((way) => way * KEY_STEP));
        else return;
        event.preventDefault();
      });
      canvas.style.cursor = "grab";
      new ResizeObserver(() => this.redraw()).observe(canvas);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    }

    #fit() {
      const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
      const { clientWidth, clientHeight } = this.canvas;
      [this.width, this.height] = [clientWidth, clientHeight];
      const [wide, high] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
      if (this.canvas.width !== wide || this.canvas.height !== high) {
        this.canvas.width = wide;
        this.canvas.height = high;
      }
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.ratio = ratio;
    }

    /** Rows of the rotation: what lies to the right, upwards, and towards the viewer. */
    #axes() {
      const { yaw, pitch } = this.view;
      const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
      return { right: [-sy, cy, 0], up: [-sp * cy, -sp * sy, cp], near: [cp * cy, cp * sy, sp] };
    }
  }

  function flat(points) {
    for (let i = 2; i < points.length; i += 3) if (points[i] !== 0) return false;
    return true;
  }

  mmgap.playground.Scene = Scene;
})();
