// The playground's engine in the app: what Python computes, asked for over HTTP. A question that is no longer wanted is
// dropped by its signal; a long descent answers in parts, each saying how far it came.
globalThis.mmgap ??= {};
globalThis.mmgap.playground ??= {};

(() => {
  async function asked(path, query, signal, progress) {
    for (;;) {
      let answer;
      try {
        const response = await fetch(`/playground/${path}?${query}`, { signal });
        answer = await response.json();
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Error("unreachable");
      }
      if (answer.error) throw new Error(answer.error);
      if (answer.progress === undefined || answer.frames?.length) return answer;
      progress?.(answer.progress, answer.state.step);
    }
  }

  const queryOf = (state) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) if (value !== "") query.set(name, value);
    query.set("lang", document.documentElement.lang);
    return query;
  };

  function dashEngine() {
    return {
      readings: (state, signal, progress) => asked("readings", queryOf(state), signal, progress),
      landscape: (state, signal) => asked("landscape", queryOf(state), signal),
      async frames(state, first, last, signal, progress) {
        const frames = [];
        while (first + frames.length <= last) {
          const query = queryOf(state);
          query.set("first", first + frames.length);
          query.set("last", last);
          frames.push(...(await asked("frames", query, signal, progress)).frames);
        }
        return frames;
      },
      exportPage(state) {
        location.assign(`/playground/page.html?${queryOf(state)}`);
      },
    };
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

  // Dash calls this when the page is there.
  globalThis.dash_clientside ??= {};
  globalThis.dash_clientside.mmgap_playground = {
    start(setup) {
      const { playground } = globalThis.mmgap;
      playground.page = playground.start?.(setup, dashEngine(), SERVED);
      return globalThis.dash_clientside.no_update;
    },
  };
})();
