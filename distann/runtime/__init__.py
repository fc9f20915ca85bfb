"""Where and when: the ranks of a job, and everything that a compiled network does while it runs."""
