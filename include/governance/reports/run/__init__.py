"""The report of one sync: document, page, text and headline."""
