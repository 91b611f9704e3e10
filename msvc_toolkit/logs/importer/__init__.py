"""Import message logs from files that other programs wrote: readers of formats, a table of column names, and a table of value formats."""
