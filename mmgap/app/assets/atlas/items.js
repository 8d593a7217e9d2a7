// What an atlas shows: images, then texts, by one number each, with their names, pairs and places in each map.
globalThis.mmgap ??= {};
globalThis.mmgap.atlas ??= {};
(() => {
  const ARRAYS = { f4: Float32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };

  // The array behind {type, data}; with low and step, float32 places behind whole steps.
  function unpack(packed) {
    if (!packed) return null;
    const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
    const values = new ARRAYS[packed.type](bytes.buffer);
    return packed.step === undefined ? values : Float32Array.from(values, (step) => packed.low + packed.step * step);
  }

  class Items {
    constructor(payload) {
      this.images = payload.images;
      this.texts = payload.texts;
      this.count = payload.images + payload.texts;
      this.names = payload.names;
      this.captions = payload.captions;
      this.categories = payload.categories && { names: payload.categories.names, of: unpack(payload.categories.of) };
      this.pictures = payload.pictures;
      this.places = unpack(payload.places);
      this.owner = unpack(payload.owner);
      this.starts = this.owner && startsOf(this.owner, this.images);
      this.maps = payload.maps.map((map) => ({
        ...map, x: unpack(map.x), y: unpack(map.y), rank: unpack(map.rank), hubness: unpack(map.hubness),
      }));
    }
    isImage(item) { return item < this.images; }
    imageOf(item) { return this.isImage(item) ? item : this.owner ? this.owner[item - this.images] : item - this.images; }
    // The texts of an image, as items.
    textsOf(image) {
      if (!this.texts) return [];
      if (!this.owner) return [this.images + image];
      const found = [];
      for (let text = this.starts[image]; text < this.starts[image + 1]; text++) found.push(this.images + text);
      return found;
    }
    name(item) { return this.names ? this.names[this.imageOf(item)] : `${this.place(this.imageOf(item))}`; }
    place(image) { return this.places ? this.places[image] : image; }
    // The caption of a text, or an image's first one.
    caption(item) {
      const text = this.isImage(item) ? this.textsOf(item)[0] : item;
      return this.captions && text !== undefined ? this.captions[text - this.images] : "";
    }
    category(item) {
      if (!this.categories) return "";
      return this.categories.names[this.categories.of[this.imageOf(item)]] ?? "";
    }
    picture(item) {
      const image = this.imageOf(item);
      if (!this.pictures) return null;
      return this.pictures.data ? this.pictures.data[image] : this.pictures.address + this.place(image);
    }
    // Items whose name, caption or category holds the words, at most so many.
    found(words, most) {
      const wanted = words.trim().toLocaleLowerCase(), items = [];
      if (!wanted) return items;
      for (let item = 0; item < this.count && items.length < most; item++) {
        const said = this.isImage(item) ? `${this.name(item)}\n${this.category(item)}` : this.captions ? this.caption(item) : "";
        if (said.toLocaleLowerCase().includes(wanted)) items.push(item);
      }
      return items;
    }
  }

  // Where the texts of each image begin; owners rise.
  function startsOf(owner, images) {
    const starts = new Uint32Array(images + 1);
    for (const image of owner) starts[image + 1]++;
    for (let image = 0; image < images; image++) starts[image + 1] += starts[image];
    return starts;
  }

  Object.assign(globalThis.mmgap.atlas, { Items, unpack });
})();
