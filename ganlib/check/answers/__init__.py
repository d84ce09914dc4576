"""References and the mistakes that are often made: `nbNN.EXERCISES` for each notebook.

Where marks are given, no student's process sees them. In a notebook they are there for whoever looks, as in the back of
a book.
"""
