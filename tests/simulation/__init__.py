"""Random histories of a branch, its runs and WeData, in simulated time: the proof of the three promises."""
