"""Gives a site of Huawei Cloud Meeting terminals new activation codes from a spreadsheet."""

__version__ = "0.1.0"
