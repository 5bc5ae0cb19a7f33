"""What the database itself says of how it is: its size, its tables, what was read and what was waited for."""
