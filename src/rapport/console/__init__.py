"""The operators' console: pages for people, served by the same process at `/`.

It owns no rows. Every page asks the API's own operations from inside (`http/inside.py`), so that it shows and does
what the API would for the same person, and nothing else. A page's script, style and pictures come from our host.
"""
