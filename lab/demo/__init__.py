"""The demo: bursts of 16 and of 100 at both services, predicted, measured and drawn."""
