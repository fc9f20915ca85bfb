"""Tests of distann; the folders are those of the source."""
