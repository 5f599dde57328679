"""The Apache Atlas dialect of the catalog."""
