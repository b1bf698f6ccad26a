"""From the nodes of a graph to the layers that they are, in the order in which they run."""
