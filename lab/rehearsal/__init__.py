"""Every command of the handouts, run as an attendee would, and held against what the page says."""
