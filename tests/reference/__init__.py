"""Independent models, slow and obvious, that the kernels are compared with."""
