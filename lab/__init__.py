"""The lab: predict, measure, judge."""
