"""The playground's page as a test drives it, in the app and as one file: what it is asked, and what it then shows."""

READY = "() => globalThis.mmgap?.playground?.page?.readings"
LANDSCAPE = "() => mmgap.playground.page.readings.landscape"
SETTLED = """async () => {
  const one = mmgap.playground.page;
  for (let last; last !== one.computed; ) await (last = one.computed);
  const { landscape, ...readings } = one.readings; // which comes in its own time
  return { ...readings, state: one.state };
}"""
SHOWN = """() => {
  const numbers = (name) =>
    Object.fromEntries(
      [...document.querySelectorAll(`#playground-values [data-${name}]`)].map((row) => [
        row.dataset[name],
        Number([...row.querySelectorAll("[data-value]")].at(-1).dataset.value),
      ]),
    );
  return { metrics: numbers("metric"), terms: numbers("term"), total: numbers("total")[""] };
}"""


class PlaygroundPage:
    """A page and the playground on it."""

    def __init__(self, page, address):
        self.page = page
        page.goto(address)
        page.wait_for_function(READY)

    def settled(self):
        """Return the readings and the state, once all that was asked for is computed."""
        return self.page.evaluate(SETTLED)

    def landscape(self):
        """Return the landscape of the state, once it is computed."""
        self.settled()
        return self.page.wait_for_function(LANDSCAPE).json_value()

    def played(self, step):
        """Play until a step is reached, pause, and return the readings."""
        self.page.click("#playground-play")
        self.page.wait_for_function("(step) => mmgap.playground.page.state.step >= step", arg=step)
        return self.press("play")

    def to(self, **values):
        """Go to a state by its values, and return its readings; what is not named stays."""
        self.page.evaluate("(values) => mmgap.playground.page.change(values)", values)
        return self.settled()

    def write(self, name, value):
        """Write into a control's number field, as a reader does, and return the readings."""
        self.page.fill(f"#playground-{name.replace('_', '-')}-number", str(value))
        return self.settled()

    def press(self, name):
        """Press a button, and return the readings."""
        self.page.click(f"#playground-{name}")
        return self.settled()

    def shown(self):
        """Return the numbers that the tables show, at full precision: metrics and terms by name, the total."""
        return self.page.evaluate(SHOWN)

    def said(self):
        return self.page.inner_text("#playground-said")
