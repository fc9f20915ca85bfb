"""From the text of equations to the source of kernels: syntax, symbols, analysis, integrators, lower, schedule, emit.

Pure functions over frozen data: nothing here touches arrays, MPI, files or the compiler.
"""
