"""The only threads of the product: loops that ask the rooms what is to be done, and do it until told to stop."""
