"""What the product needs of the outside, as protocols and outcomes. Implemented in `outside/`."""
