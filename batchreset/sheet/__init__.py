"""From a workbook to judged rows, before anything is sent: reading, header columns, cells, row checks."""
