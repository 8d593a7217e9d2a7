"""Measure how fast the playground answers, in the app and as one file, in a real Chromium.

    python docs/playground/response_times.py

prints, for each of both: the milliseconds from a slider's move at 500 pairs to the frame that shows its numbers, and
the frames a second while 2,000 pairs are turned. Figures hold for this machine under its load, which is printed, too.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

#: Moves of a slider that are timed, after as many as make the browser compile the scripts.
MOVES, FIRST = 40, 5

SLIDER = """async ([name, moves, first]) => {
  const one = mmgap.playground.page;
  const range = document.getElementById(`playground-${name}`);
  const shown = () => document.querySelector("[data-total] [data-value]").dataset.value;
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let k = 0; k < first + moves; k++) {
    const [since, before] = [performance.now(), shown()];
    range.value = Number(range.value) + (k % 2 ? -1.5 : 2);
    range.dispatchEvent(new Event("input"));
    while (shown() === before) await frame();
    times.push(performance.now() - since);
    await one.computed;
    await new Promise((resolve) => setTimeout(resolve, 400)); // the landscape is computed meanwhile
  }
  return times.slice(first);
}"""

TURN = """async () => {
  const one = mmgap.playground.page;
  one.change({ n: 2000 });
  await one.computed;
  await new Promise((resolve) => setTimeout(resolve, 8000)); // the landscape of 2,000 pairs
  const since = performance.now();
  let frames = 0;
  for (; performance.now() - since < 3000; frames++) {
    one.scene.turn(0.02, 0);
    await new Promise(requestAnimationFrame);
  }
  return (1000 * frames) / (performance.now() - since);
}"""


def measured(page: Page, address: str) -> str:
    """Return the line of one address."""
    page.goto(address)
    page.wait_for_function("() => globalThis.mmgap?.playground?.page?.readings")
    page.wait_for_timeout(4000)
    times = sorted(page.evaluate(SLIDER, ["angle", MOVES, FIRST]))
    ninth = times[round(0.9 * (len(times) - 1))]
    frames = page.evaluate(TURN)
    return (
        f"slider: median {statistics.median(times):.0f} ms, p90 {ninth:.0f} ms; turning: {frames:.0f} frames a second"
    )


def main() -> None:
    """Measure both, and print a line of each."""
    command = shutil.which("mmgap") or str(Path(sys.executable).with_name("mmgap"))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "playground.html"
        subprocess.run([command, "playground", "--export", str(file)], check=True, stdout=subprocess.DEVNULL)
        served = [command, "playground", "--no-browser", "--port", "0"]
        server = subprocess.Popen(
            served, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        assert server.stdout is not None
        try:
            address = server.stdout.readline().split()[0]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for name, place in (("app", address), ("file", file.as_uri())):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                print(f"{name}: {measured(page, place)}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
                page.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
