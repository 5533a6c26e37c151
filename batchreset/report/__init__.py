"""A job's report as files: the user's workbook with results, what is left to do, a page, a summary.

Nothing is imported here: openpyxl, pandas and jinja2 load slowly, and `--help` must not wait for them.
"""
