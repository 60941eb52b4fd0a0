"""Two runs side by side: what differs by more than chance, and what does not."""
