"""The report: one page made from the files of a report's folder, and exports for other programs."""
