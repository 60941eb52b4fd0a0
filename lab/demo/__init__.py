"""The demo: bursts of 16 and of 100 to both services, predicted, measured and drawn."""
