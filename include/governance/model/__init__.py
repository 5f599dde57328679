"""The terms that all stages share: assets, relations, tables, names, vocabularies, catalog types."""
