"""What the timings and simulations among the experiments work on."""
