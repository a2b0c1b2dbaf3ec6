"""The tasks of a plan become batches, and batches become JobIds, rejections and open answers: the fourth stage."""
