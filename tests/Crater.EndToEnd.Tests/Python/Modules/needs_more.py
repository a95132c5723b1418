"""Needs a package that no one has."""
import surely_no_such_package
