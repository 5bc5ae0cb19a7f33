"""Measurements with a bar: `python -m scripts.bench` runs them and says which line missed its bar.

`registry.py` lists the measurements; each is a module here. The parts they share: `places.py` (a filled
database of each kind), `servers.py` (the product and its yardstick as processes), `load.py` (requests),
`table.py` (what is printed).
"""
