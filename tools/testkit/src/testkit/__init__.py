"""What the tests of this repository share; each module is imported by name, and by those who need it."""
