"""Files that are there already: whether they are whole, and what has changed at the server since."""
