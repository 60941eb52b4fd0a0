"""The report: one page from the files of a report's folder, and what others may read of it."""
