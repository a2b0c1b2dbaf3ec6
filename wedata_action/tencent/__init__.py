"""All that is known about Tencent Cloud: the signature, one signed call, and the WeData calls as typed functions."""
