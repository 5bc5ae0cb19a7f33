"""The pure rules: what may be, what comes next, and why. No I/O, no clock, no chance of their own."""
