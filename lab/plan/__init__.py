"""Size each server shape for a rate and a delay, by Little's law and earlier measurements."""
