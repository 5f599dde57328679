"""The staging area: tables and documents that one stage writes and a later one reads, in folders."""
