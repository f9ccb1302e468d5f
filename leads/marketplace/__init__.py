"""Microsoft's words -> ours. Pure: no database, no I/O beyond the tables that the installed packages bring."""
