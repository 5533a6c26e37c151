"""Gives a site of Huawei Cloud Meeting terminals new activation codes from a spreadsheet."""

import os

__version__ = "0.1.0"

# openpyxl writes by lxml wherever that happens to be installed, and then says in lxml's own errors, which
# nobody expects, that a disk is full
os.environ["OPENPYXL_LXML"] = "False"
