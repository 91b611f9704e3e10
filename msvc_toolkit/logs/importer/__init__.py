"""Import message logs from files that other programs wrote: readers of shapes, one table of columns, one of values."""
