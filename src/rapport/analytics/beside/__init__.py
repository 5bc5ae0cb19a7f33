"""Figures that are not rollups: what the rooms below say of this moment."""
