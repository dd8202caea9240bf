"""Rules of CSV imports: the fields, the headings by which they are recognised, and the values of cells."""
