"""Runs every command of the handouts as an attendee would and compares the output."""
