/* What the page hands out: a picture of scene and charts, and the state with its readings. */
(() => {
  "use strict";
  globalThis.mmgap ??= {};
  mmgap.playground ??= {};

  const [WIDTH, SCENE_HEIGHT, CHART_HEIGHT, SCALE] = [960, 640, 300, 2];

  /** Save the sphere and the charts below it as one PNG. */
  async function picture(scene, charts, name) {
    const addresses = await charts.pictures(WIDTH, CHART_HEIGHT);
    const images = await Promise.all(addresses.map(loaded));
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH * SCALE;
    canvas.height = (SCENE_HEIGHT + CHART_HEIGHT * images.length) * SCALE;
    const context = canvas.getContext("2d");
    context.scale(SCALE, SCALE);
    scene.draw(context, WIDTH, SCENE_HEIGHT, SCALE);
    for (const [k, image] of images.entries()) {
      context.drawImage(image, 0, SCENE_HEIGHT + k * CHART_HEIGHT, WIDTH, CHART_HEIGHT);
    }
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = scene.colours.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => save(blob, name), "image/png");
  }

  /** Save the state and its readings as JSON. */
  function readings(found, name) {
    save(new Blob([JSON.stringify(found, null, 1)], { type: "application/json" }), name);
  }

  /** Hand a blob to the browser as a file of this name. */
  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function loaded(address) {
    return new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => reject(new Error("a chart could not be drawn"));
      image.src = address;
    });
  }

  mmgap.playground.files = { picture, readings, save };
})();
