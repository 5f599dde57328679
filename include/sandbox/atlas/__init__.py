"""Launcher of a real Apache Atlas 2.1.0 from parts that pip and a Maven repository bring."""
