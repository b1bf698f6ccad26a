"""Writers of a run in several dtypes: a row for every number, one file per format."""
