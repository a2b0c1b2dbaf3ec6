"""Random histories of a branch, its runs and WeData, in simulated time: the proof of the three promises.

`world` holds what there is, `happenings` what people do with it, `promises` what must be so afterwards.
"""
