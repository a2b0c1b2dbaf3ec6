"""Tasks that exist in WeData become definitions and code files in the work tree.

Names and codes come from WeData and may hold anything. What is written is read back first: a file whose tasks would not
be the same is not written.
"""
