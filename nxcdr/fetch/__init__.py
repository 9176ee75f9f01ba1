"""From a time range to its records, each once: windows, pages in flight, proof that nothing is missing."""
