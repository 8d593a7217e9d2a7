"""The playground: two cones of vectors that can be turned, squeezed, paired and sent down the gradient of any loss.

`state` is what an address says; `cone_draws` draws the vectors, `descent` moves them, `readings` measures them;
`presets` are the printed tables 5.1 to 5.4; `layout` is the page, the same in the app and in the exported file, and
`playground_tab` joins it to the app.
"""
